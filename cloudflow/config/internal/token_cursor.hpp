#pragma once

#include "cloudflow/config/internal/lexer.hpp"
#include "cloudflow/config/internal/parse_session.hpp"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace cloudflow::config::detail {

inline bool is_scalar(token_kind k) { return k >= token_kind::quoted && k <= token_kind::unquoted; }
inline bool begins_value(token_kind k) {
  return is_scalar(k) || k == token_kind::substitution || k == token_kind::open_curly || k == token_kind::open_square;
}

/// Goes over the tokens of one text, and reports what is wrong with them.
class token_cursor {
  parse_session& session_;
  std::shared_ptr<const std::string> name_;
  bool json_;
  token_list list_;
  std::size_t at_ = 0;

public:
  token_cursor(parse_session& session, std::string_view text, std::shared_ptr<const std::string> name, bool json)
      : session_(session)
      , name_(std::move(name))
      , json_(json)
      , list_(tokenize(text, name_, json)) {}

  [[nodiscard]] const std::string& name() const { return *name_; }
  [[nodiscard]] const token& cur() const { return list_.tokens[at_]; }
  [[nodiscard]] std::size_t index() const { return at_; }
  [[nodiscard]] const token& at(std::size_t index) const { return list_.tokens[index]; }
  [[nodiscard]] const std::shared_ptr<const path>& path_of_substitution(const token& t) const {
    return list_.paths[t.index];
  }
  [[nodiscard]] origin origin_of(const token& t) const {
    return {name_, t.line, t.column, std::max<std::uint32_t>(1, t.length)};
  }

  /// To the next token; stays at the end.
  void advance() {
    if (at_ + 1 < list_.tokens.size()) ++at_;
  }
  /// Over white space and newlines.
  void skip();
  /// Passes separators; true if there was a comma or a newline. JSON knows commas only.
  bool separator();
  /// After a problem: on to the next line of this object, or its end.
  void recover(bool braces);

  /// Reports the problem at a token (the lexer's, if it is one) and gives up.
  [[noreturn]] void fail(std::string code, const token& t, std::string message, std::string hint = {});
};

} // namespace cloudflow::config::detail
