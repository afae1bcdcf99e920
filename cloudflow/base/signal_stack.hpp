#pragma once

#include "cloudflow/base/export.hpp"

#include <csignal>
#include <cstddef>
#include <memory>

namespace cloudflow {

/// A stack for signal handlers of the thread that made it, so that a handler can tell of an overflow of the thread's
/// own. Installs no handler. Confined to its thread.
class CLOUDFLOW_API signal_stack {
  std::unique_ptr<std::byte[]> memory_;
  stack_t before_{};

public:
  signal_stack();
  signal_stack(const signal_stack&) = delete;
  signal_stack& operator=(const signal_stack&) = delete;
  ~signal_stack();
};

} // namespace cloudflow
