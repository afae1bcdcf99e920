#include "cloudflow/base/work_mark.hpp"

namespace cloudflow {

namespace {
// Not the dynamic model: there a thread's first access allocates, which a signal handler must not.
[[gnu::tls_model("initial-exec")]] constinit thread_local work_mark current;
} // namespace

work_mark current_work() noexcept { return current; }

work_scope::work_scope(work_mark mark) noexcept
    : before_(current) {
  current = mark;
}

work_scope::~work_scope() { current = before_; }

} // namespace cloudflow
