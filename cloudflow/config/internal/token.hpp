#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/config/path.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace cloudflow::config::detail {

enum class token_kind : std::uint8_t {
  end,
  newline,
  comma,
  colon,
  equals,
  plus_equals,
  open_curly,
  close_curly,
  open_square,
  close_square,
  space,  // white space that separates
  quoted, // "..." and """..."""
  number,
  boolean,
  null,
  unquoted, // also white space between two simple values, which belongs to their text
  substitution,
  problem // index into the lexer's problems
};

struct token {
  token_kind kind = token_kind::end;
  bool optional = false;    // of a substitution
  std::uint32_t line = 0;   // from 1
  std::uint32_t column = 0; // from 1, in code points
  std::uint32_t length = 0; // in code points
  std::uint32_t index = 0;  // of a substitution's path, of a problem
  std::string_view text;    // its value: without quotes, escapes replaced
};

/// A path from the tokens that spell it; the reason in words if they spell none.
expected<path, std::string> path_of(const token* first, const token* last);

/// What a message calls it: `'}'`, "end of file", "newline".
std::string name_of(const token& t);

} // namespace cloudflow::config::detail
