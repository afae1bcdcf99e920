#include "cloudflow/sandbox/stall_watch.hpp"

namespace cloudflow::sandbox {

bool stall_watch::stalled(std::chrono::nanoseconds now, double moved) {
  const bool same = moved == moved_;
  moved_ = moved;
  if (!since_)
    since_ = now;
  else if (!same)
    since_.reset(); // the next refusal begins a new watch
  else
    return now - *since_ >= patience;
  return false;
}

std::optional<std::chrono::nanoseconds> stall_watch::due() const {
  return since_ ? std::optional(*since_ + patience) : std::nullopt;
}

} // namespace cloudflow::sandbox
