#pragma once

#include "cloudflow/stream/source/port.hpp"

#include <filesystem>
#include <string>

namespace cloudflow::stream {

struct file_lines_options {
  std::size_t block = std::size_t{64} * 1024;          ///< bytes read at a time
  std::size_t longest_line = std::size_t{1024} * 1024; ///< bytes; a longer one fails the source
  std::int64_t skip = 0;                               ///< lines at the start that are no data, as a CSV file's header
};

/// The lines of a file, without their line ends ("\n" or "\r\n"), then complete. Positions count lines from 1.
/// - Fails when the file cannot be opened or read, a line is too long, or the file is shorter than what was read of it
///   before a restart. Drains at once.
/// Keeps: durable state, where the run has some: the position behind the lines that were handed out. Seekable: after a
/// restart it goes on there, and a file that was read to its end gives nothing more.
[[nodiscard]] CLOUDFLOW_API std::unique_ptr<source_port<std::string>> file_lines(std::filesystem::path path,
                                                                                 file_lines_options options = {});

} // namespace cloudflow::stream
