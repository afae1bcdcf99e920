#pragma once

#include "cloudflow/stream/run/backoff.hpp"

#include <limits>

namespace cloudflow::stream {

/// How often and how soon something that failed is made anew.
struct restart_policy {
  backoff wait{};
  /// More failures than that in a row are passed on.
  std::size_t max_restarts = std::numeric_limits<std::size_t>::max();
  /// A failure so long after the one before it is the first of a new row.
  std::chrono::nanoseconds reset_after = std::chrono::seconds(60);
};

/// Keeps to a `restart_policy`: counts the failures of a row and says when to try again. Confined to its island.
class restart_schedule {
  restart_policy policy_;
  backoff_timer timer_;
  std::chrono::nanoseconds failed_at_{};

public:
  explicit restart_schedule(restart_policy policy)
      : policy_(policy)
      , timer_(policy.wait) {}
  void start(const island_services& services) { timer_.start(services); }
  /// It failed once more. False: too often in a row, so that nothing is due.
  [[nodiscard]] bool failed() {
    const auto now = timer_.now();
    if (timer_.tries() > 0 && now - failed_at_ >= policy_.reset_after) timer_.reset();
    failed_at_ = now;
    if (timer_.tries() >= policy_.max_restarts) return false;
    timer_.failed();
    return true;
  }
  [[nodiscard]] bool is_due() const { return timer_.is_due(); }
  [[nodiscard]] std::chrono::nanoseconds due() const { return timer_.due(); }
  void arm(arming& a) const { timer_.arm(a); }
};

} // namespace cloudflow::stream
