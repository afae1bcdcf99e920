#include "cloudflow/cli/plain_text.hpp"

#include <cstdint>

namespace cloudflow::cli {

namespace {

// The bytes of the well-formed character that begins at `at`, and which it is; 0 if there is none. Source: Unicode
// 15, table 3-7.
std::size_t character_at(std::string_view text, std::size_t at, std::uint32_t& code) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const auto first = byte(0);
  if (first < 0x80) return code = first, 1;
  const std::size_t size = first >= 0xc2 && first < 0xe0   ? 2
                           : (first & 0xf0U) == 0xe0       ? 3
                           : first >= 0xf0 && first < 0xf5 ? 4
                                                           : 0;
  if (size == 0 || at + size > text.size()) return 0;
  code = first & (0x7fU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return 0;
    code = code << 6U | (byte(i) & 0x3fU);
  }
  const bool too_long = (size == 3 && code < 0x800) || (size == 4 && code < 0x10000);
  return too_long || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : size;
}

bool obeyed(std::uint32_t code) {
  return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

} // namespace

std::string plain(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t code = 0;
    const auto size = character_at(text, i, code);
    if (size > 0 && !obeyed(code)) {
      out.append(text, i, size);
      i += size;
      continue;
    }
    for (const auto end = i + (size == 0 ? 1 : size); i < end; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      out += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

bool is_plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::uint32_t code = 0;
    const auto size = character_at(text, i, code);
    if (size == 0 || obeyed(code)) return false;
    i += size;
  }
  return true;
}

std::string text_or_hex(bytes_view data) {
  return is_plain(as_text(data)) ? std::string(as_text(data)) : "0x" + to_hex(data);
}

} // namespace cloudflow::cli
