#pragma once

#include "cloudflow/cli/shell.hpp"

#include <cstddef>
#include <string>

namespace cloudflow::cli {

/// Files that are read whole are at most this long.
inline constexpr std::size_t input_limit = std::size_t{64} << 20U;

/// The bytes of a file, of standard input if its name is "-". Errors: `not_found`, `io_error` (a folder, no rights),
/// `limit_exceeded`.
result<std::string> read_input(const std::string& file, shell& sh);

/// The rest of what an open file descriptor gives. Errors: `io_error`, `limit_exceeded`.
result<std::string> read_descriptor(int descriptor, const std::string& name);

/// The next line of an open file descriptor, without its end; what is left at the end of the input. Errors as above.
result<std::string> read_line(int descriptor, const std::string& name);

} // namespace cloudflow::cli
