#include "cloudflow/config/internal/token_cursor.hpp"

#include "cloudflow/base/utf8.hpp"
#include "cloudflow/config/internal/white_space.hpp"

#include <utility>

namespace cloudflow::config::detail {

namespace {

bool blank(const token& t) {
  if (t.kind == token_kind::space) return true;
  if (t.kind != token_kind::unquoted || t.text.empty()) return false;
  for (std::size_t i = 0; i < t.text.size();) {
    std::size_t size = 0;
    if (!is_white_space(decode_utf8(t.text, i, size))) return false;
    i += size;
  }
  return true;
}

} // namespace

void token_cursor::skip() {
  while (blank(cur()) || cur().kind == token_kind::newline) advance();
}

bool token_cursor::separator() {
  bool seen = false;
  for (;; advance()) {
    if (cur().kind == token_kind::newline) {
      seen = seen || !json_;
    } else if (cur().kind == token_kind::comma) {
      advance();
      return true;
    } else if (!blank(cur())) {
      return seen;
    }
  }
}

void token_cursor::recover(bool braces) {
  if (session_.stop || json_) throw give_up{};
  int depth = 0;
  for (;;) {
    switch (cur().kind) {
    case token_kind::end: return;
    case token_kind::open_curly:
    case token_kind::open_square: ++depth; break;
    case token_kind::close_curly:
    case token_kind::close_square:
      if (depth == 0 && braces && cur().kind == token_kind::close_curly) return;
      if (depth > 0) --depth;
      break;
    case token_kind::newline:
      if (depth == 0) return;
      break;
    default: break;
    }
    advance();
  }
}

void token_cursor::fail(std::string code, const token& t, std::string message, std::string hint) {
  if (t.kind == token_kind::problem) {
    session_.report(list_.problems[t.index]);
  } else {
    session_.report({std::move(code), std::move(message), origin_of(t), {}, std::move(hint)});
  }
  throw give_up{};
}

} // namespace cloudflow::config::detail
