#pragma once

#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/run/commit_gate.hpp"

#include <optional>

namespace cloudflow::stream {

/// The signals that wait in a stage until what it holds has been pushed: the latest watermark, a barrier, the latest
/// watermark behind that, an ending.
class deferred_signals {
  std::optional<ending> end_;
  timestamp mark_ = no_event_time;
  timestamp mark_behind_ = no_event_time;
  commit_id barrier_ = no_commit;
  bool passed_end_ = false;

public:
  void keep_mark(timestamp t) { (barrier_waits() ? mark_behind_ : mark_) = t; }
  void keep_barrier(commit_id n) { barrier_ = n; }
  void keep_end(const ending& how) {
    if (!end_ && !passed_end_) end_ = how;
  }
  [[nodiscard]] bool barrier_waits() const { return barrier_ != no_commit; }
  [[nodiscard]] bool end_waits() const { return end_.has_value(); }
  [[nodiscard]] bool end_was(end_kind kind) const { return end_ && end_->kind == kind; }
  /// Passes on what waits; returns whether there was anything.
  template <class Next> bool pass(Next& next) {
    return pass(next, [](commit_id) {});
  }
  /// Calls `seal(n)` before the barrier is passed on.
  template <class Next, class Seal> bool pass(Next& next, Seal&& seal) {
    bool moved = false;
    const auto pass_mark = [&](timestamp& mark) {
      if (mark == no_event_time) return;
      next.on_watermark(std::exchange(mark, no_event_time));
      moved = true;
    };
    pass_mark(mark_);
    if (barrier_waits()) {
      const auto n = std::exchange(barrier_, no_commit);
      seal(n);
      next.on_barrier(n);
      moved = true;
    }
    pass_mark(mark_behind_);
    if (end_) {
      const auto how = *std::exchange(end_, std::nullopt);
      passed_end_ = true;
      next.on_end(how);
      moved = true;
    }
    return moved;
  }
};

} // namespace cloudflow::stream
