#include "cloudflow/cli/plain_text.hpp"

#include "cloudflow/base/utf8.hpp"

namespace cloudflow::cli {

namespace {

bool obeyed(char32_t code) {
  return code == not_utf8 || code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x200e || code == 0x200f ||
         (code >= 0x2028 && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
}

} // namespace

std::string plain(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 0;
    if (!obeyed(decode_utf8(text, i, size))) {
      out.append(text, i, size);
      i += size;
      continue;
    }
    for (const auto end = i + size; i < end; ++i) {
      const auto byte = static_cast<unsigned char>(text[i]);
      out += {'\\', 'x', digits[byte >> 4U], digits[byte & 15U]};
    }
  }
  return out;
}

bool is_plain(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 0;
    if (obeyed(decode_utf8(text, i, size))) return false;
    i += size;
  }
  return true;
}

std::string text_or_hex(bytes_view data) {
  return is_plain(as_text(data)) ? std::string(as_text(data)) : "0x" + to_hex(data);
}

} // namespace cloudflow::cli
