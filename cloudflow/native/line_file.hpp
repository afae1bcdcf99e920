#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/base/export.hpp"
#include "cloudflow/stream/run/executor.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::native {

/// A file of lines that all tasks of one instance write. What was committed of it is its length: each task's sink
/// brings the length that its state has, and when all have come the file is cut to the longest (the commits of the
/// tasks are one, and the last sink to reach a commit saw the whole of it), or begun anew if there is none. Nothing is
/// written before. Thread-safe: lines of one call stay together.
class CLOUDFLOW_API line_file {
  mutable std::mutex mutex_;
  const int fd_;
  const std::string path_;
  const std::string header_;
  std::size_t missing_; ///< tasks that have not come
  std::int64_t length_ = 0;
  bool refused_ = false;
  std::vector<stream::waker> waiting_;

  line_file(int fd, std::string path, std::string header, std::size_t tasks);
  result<void> put(std::string_view text);
  result<void> begin();

public:
  /// Opens or makes the file; its folder must exist. Its content stays until all `tasks` have come. Errors: `io_error`
  /// with the path.
  static result<std::shared_ptr<line_file>> open(const std::filesystem::path& file, std::string_view header,
                                                 std::size_t tasks);
  line_file(const line_file&) = delete;
  line_file& operator=(const line_file&) = delete;
  ~line_file();

  /// A task comes, once; `committed` is what its state says, 0 if nothing. Errors: `io_error`, `incompatible` if the
  /// file is shorter than what was committed of it.
  result<void> join(std::int64_t committed);
  /// Lines can be written; else remembers the waker.
  [[nodiscard]] bool is_ready(const stream::waker* wake = nullptr);
  /// `lines` ends with a line end. Errors: `io_error`.
  result<void> write(std::string_view lines);
  /// Bytes that are in the file.
  [[nodiscard]] std::int64_t length() const;
};

} // namespace cloudflow::native
