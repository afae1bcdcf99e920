#pragma once

#include "cloudflow/base/export.hpp"

namespace cloudflow::detail {
[[noreturn]] CLOUDFLOW_API void assertion_failed(const char* expression, const char* message, const char* file,
                                                 int line);
}

/// Our own bug: prints where and why, then aborts. Never for user input. Always on, in every build type.
#define CLOUDFLOW_ASSERT(expression, message)                                                                          \
  (static_cast<bool>(expression) ? static_cast<void>(0)                                                                \
                                 : ::cloudflow::detail::assertion_failed(#expression, message, __FILE__, __LINE__))
