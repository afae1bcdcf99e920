#pragma once

#include "cloudflow/stream/source/port.hpp"

#include <filesystem>
#include <string>

namespace cloudflow::stream {

struct file_lines_options {
  std::size_t block = std::size_t{64} * 1024;          ///< bytes read at a time
  std::size_t longest_line = std::size_t{1024} * 1024; ///< bytes; a longer one fails the source
};

/// The lines of a file, without their line ends ("\n" or "\r\n"), then complete. Positions count lines from 1.
/// - Fails when the file cannot be opened or read, or a line is too long. Drains at once.
/// Keeps: nothing to keep.
[[nodiscard]] CLOUDFLOW_API std::unique_ptr<source_port<std::string>> file_lines(std::filesystem::path path,
                                                                                 file_lines_options options = {});

} // namespace cloudflow::stream
