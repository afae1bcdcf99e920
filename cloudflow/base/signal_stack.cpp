#include "cloudflow/base/signal_stack.hpp"

#include <algorithm>
#include <unistd.h>

namespace cloudflow {

signal_stack::signal_stack() {
  const auto size = static_cast<std::size_t>(std::max(::sysconf(_SC_SIGSTKSZ), 64L << 10));
  memory_ = std::make_unique_for_overwrite<std::byte[]>(size);
  stack_t mine{};
  mine.ss_sp = memory_.get();
  mine.ss_size = size;
  ::sigaltstack(&mine, &before_);
}

signal_stack::~signal_stack() { ::sigaltstack(&before_, nullptr); }

} // namespace cloudflow
