#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/config/path.hpp"

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

/// A text cut into tokens. The views point into the text and into `texts`.
struct token_list {
  std::vector<token> tokens; // the last one is `end`
  std::deque<std::string> texts;
  std::vector<std::shared_ptr<const path>> paths;
  std::vector<diagnostic> problems;
};

/// Cuts `text` into tokens; `json` knows no comments. Never fails: what is no token is a `problem` token.
token_list tokenize(std::string_view text, const std::shared_ptr<const std::string>& name, bool json);

/// A path from the tokens that spell it; the reason in words if they spell none.
expected<path, std::string> path_of(const token* first, const token* last);

/// What a message calls it: `'}'`, "end of file", "newline".
std::string name_of(const token& t);

bool is_white_space(char32_t c) noexcept;
/// Reads one code point; 0xFFFFFFFF if the bytes at `at` are not UTF-8. `size` = bytes read.
char32_t decode(std::string_view text, std::size_t at, std::size_t& size) noexcept;

} // namespace cloudflow::config::detail
