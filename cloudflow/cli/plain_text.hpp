#pragma once

#include "cloudflow/base/bytes.hpp"

#include <string>
#include <string_view>

namespace cloudflow::cli {

/// Text from outside as a terminal may have it: control characters (C0, DEL, C1), marks that turn the direction of
/// writing, and bytes that are not UTF-8 as `\xNN`, byte by byte.
std::string plain(std::string_view text);

/// Whether `plain` would change nothing.
bool is_plain(std::string_view text);

/// Plain text as it is, everything else as "0x" and hexadecimal digits.
std::string text_or_hex(bytes_view data);

} // namespace cloudflow::cli
