#pragma once

#include "cloudflow/stream/sink/lines.hpp"

#include <functional>
#include <string>

namespace cloudflow::native {

/// An output that may keep its writers waiting, as a pipe that nobody reads: who writes to it goes on with something
/// else meanwhile. Thread-safe.
class CLOUDFLOW_API waiting_output : public stream::line_output {
public:
  /// Takes whole lines and never blocks. `done` when they are safe, or why not: on any thread, or never if the output
  /// is destroyed before.
  virtual void write_later(std::string lines, std::function<void(const result<void>&)> done) = 0;
};

} // namespace cloudflow::native
