#include "cloudflow/config/internal/token.hpp"

namespace cloudflow::config::detail {

expected<path, std::string> path_of(const token* first, const token* last) {
  path keys(1);
  bool may_be_empty = false;
  const auto close = [&] { return !keys.back().empty() || may_be_empty; };
  constexpr const char* dots = "a path has no empty key: it may not begin or end with '.' or have two in a row";
  if (first == last) return unexpected<std::string>("a path is missing here");
  for (; first != last; ++first) {
    switch (first->kind) {
    case token_kind::space:
    case token_kind::end: break;
    case token_kind::quoted:
      keys.back() += first->text;
      may_be_empty = may_be_empty || keys.back().empty();
      break;
    case token_kind::number:
    case token_kind::boolean:
    case token_kind::null:
    case token_kind::unquoted: {
      auto rest = first->text;
      for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
        keys.back() += rest.substr(0, dot);
        if (!close()) return unexpected<std::string>(dots);
        keys.emplace_back();
        may_be_empty = false;
        rest.remove_prefix(dot + 1);
      }
      keys.back() += rest;
      break;
    }
    default: return unexpected<std::string>(name_of(*first) + " is not allowed in a path");
    }
  }
  if (!close()) return unexpected<std::string>(dots);
  return keys;
}

std::string name_of(const token& t) {
  switch (t.kind) {
  case token_kind::end: return "the end of the text";
  case token_kind::newline: return "the end of the line";
  case token_kind::comma: return "','";
  case token_kind::colon: return "':'";
  case token_kind::equals: return "'='";
  case token_kind::plus_equals: return "'+='";
  case token_kind::open_curly: return "'{'";
  case token_kind::close_curly: return "'}'";
  case token_kind::open_square: return "'['";
  case token_kind::close_square: return "']'";
  case token_kind::space: return "white space";
  case token_kind::substitution: return "a substitution";
  case token_kind::problem: return "something that is no token";
  default: break;
  }
  auto text = t.text.substr(0, 40);
  std::string out = t.kind == token_kind::quoted ? "\"" : "'";
  out += text;
  if (text.size() < t.text.size()) out += "...";
  out += out[0];
  return out;
}

} // namespace cloudflow::config::detail
