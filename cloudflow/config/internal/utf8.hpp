#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloudflow::config::detail {

inline constexpr char32_t not_utf8 = 0xFFFFFFFF;

/// Reads one code point; `not_utf8` if the bytes at `at` are none. `size` = bytes read.
char32_t decode(std::string_view text, std::size_t at, std::size_t& size) noexcept;
void append_utf8(std::string& out, char32_t c);
/// How many there are in UTF-8 text.
std::uint32_t code_points(std::string_view text);
/// What HOCON takes as white space: Java's and Unicode's, and the byte order mark.
bool is_white_space(char32_t c) noexcept;

} // namespace cloudflow::config::detail
