#include "cloudflow/base/assert.hpp"

#include <cstdio>
#include <cstdlib>

namespace cloudflow::detail {

void assertion_failed(const char* expression, const char* message, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s (%s)\nThis is a bug in cloudflow; please report it.\n", file, line,
               message, expression);
  std::abort();
}

} // namespace cloudflow::detail
