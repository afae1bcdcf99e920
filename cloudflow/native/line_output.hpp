#pragma once

#include "cloudflow/base/error.hpp"

#include <filesystem>
#include <memory>
#include <string_view>

namespace cloudflow::native {

/// Takes whole lines from many tasks at once. Thread-safe: lines of one call stay together.
class CLOUDFLOW_API line_output {
public:
  virtual ~line_output() = default;
  /// `lines` ends with a line end. Errors: `io_error`.
  virtual result<void> write(std::string_view lines) = 0;
};

/// A file that is made anew, with `header` as its first line if there is one. Its folder must exist.
/// Errors: `io_error` with the path.
CLOUDFLOW_API result<std::shared_ptr<line_output>> create_line_file(const std::filesystem::path& file,
                                                                    std::string_view header);

} // namespace cloudflow::native
