#pragma once

#include "cloudflow/base/error.hpp"

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

} // namespace cloudflow::native
