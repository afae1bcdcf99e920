#pragma once

#include "cloudflow/base/export.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cloudflow {

inline constexpr char32_t not_utf8 = 0xFFFFFFFF;

/// Reads the code point at `at`; `not_utf8` if the bytes there are none (overlong, a surrogate, beyond U+10FFFF, cut
/// off). `size` = bytes read, 1 of what is not UTF-8.
CLOUDFLOW_API char32_t decode_utf8(std::string_view text, std::size_t at, std::size_t& size) noexcept;

/// Bytes of the code point at `at`, 0 if there is none.
inline std::size_t utf8_length(std::string_view text, std::size_t at) noexcept {
  std::size_t size = 0;
  return decode_utf8(text, at, size) == not_utf8 ? 0 : size;
}

CLOUDFLOW_API void append_utf8(std::string& out, char32_t c);

/// How many there are in UTF-8 text below 4 GiB.
CLOUDFLOW_API std::uint32_t code_points(std::string_view text) noexcept;

} // namespace cloudflow
