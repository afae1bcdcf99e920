#include "cloudflow/base/bytes.hpp"

namespace cloudflow {

std::string to_hex(bytes_view data) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(data.size() * 2);
  for (auto b : data) {
    out += digits[std::to_integer<unsigned>(b) >> 4];
    out += digits[std::to_integer<unsigned>(b) & 15];
  }
  return out;
}

result<bytes> from_hex(std::string_view text) {
  auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  if (text.size() % 2 != 0) return user_error(errc::parse_error, "hexadecimal text has an odd number of digits");
  bytes out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0)
      return user_error(errc::parse_error,
                        "not a hexadecimal digit at position " + std::to_string(high < 0 ? i : i + 1));
    out.push_back(static_cast<std::byte>(high * 16 + low));
  }
  return out;
}

std::string to_base64(bytes_view data) {
  static constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((data.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < data.size(); i += 3) {
    const auto at = [&](std::size_t k) {
      return i + k < data.size() ? std::to_integer<std::uint32_t>(data[i + k]) : 0U;
    };
    const std::uint32_t word = at(0) << 16 | at(1) << 8 | at(2);
    out += digits[word >> 18 & 63];
    out += digits[word >> 12 & 63];
    out += i + 1 < data.size() ? digits[word >> 6 & 63] : '=';
    out += i + 2 < data.size() ? digits[word & 63] : '=';
  }
  return out;
}

} // namespace cloudflow
