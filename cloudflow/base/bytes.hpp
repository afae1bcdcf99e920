#pragma once

#include "cloudflow/base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// Borrowed and owned octets. `std::byte` so that text is never taken for bytes by accident.
using bytes_view = std::span<const std::byte>;
using bytes = std::vector<std::byte>;

inline bytes_view as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
inline std::string_view as_text(bytes_view data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }
inline bytes to_bytes(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

CLOUDFLOW_API std::string to_hex(bytes_view data);
/// Errors: `parse_error` on an odd length or a character that is no hexadecimal digit.
CLOUDFLOW_API result<bytes> from_hex(std::string_view text);
CLOUDFLOW_API std::string to_base64(bytes_view data);

} // namespace cloudflow
