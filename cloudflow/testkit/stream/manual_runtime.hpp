#pragma once

#include "cloudflow/base/random.hpp"
#include "cloudflow/stream/graph/builder.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <vector>

namespace cloudflow::testkit {

/// A clock that moves only when it is told to. Confined to the test's thread.
class manual_clock final : public clock_source {
  std::chrono::nanoseconds now_{0};
  timestamp epoch_{};

public:
  [[nodiscard]] std::chrono::nanoseconds steady_now() const override { return now_; }
  [[nodiscard]] timestamp wall_now() const override {
    return epoch_ + std::chrono::duration_cast<std::chrono::milliseconds>(now_);
  }
  void set_wall(timestamp at) { epoch_ = at - std::chrono::duration_cast<std::chrono::milliseconds>(now_); }
  void set(std::chrono::nanoseconds now) { now_ = now; }
};

/// Runs the same islands as the pool, on the caller's thread: among those that may run, a seeded choice. Time stands
/// still but for `advance`. Equal seeds give equal runs. Confined to the test's thread.
class manual_runtime final : public stream::runtime {
  class turn_queue;
  manual_clock clock_;
  std::unique_ptr<turn_queue> queue_;

public:
  /// Seed 0 takes turns first come, first served.
  explicit manual_runtime(std::uint64_t seed = 0);
  ~manual_runtime() override;

  [[nodiscard]] stream::executor& turns() override;
  [[nodiscard]] manual_clock& clock() { return clock_; }

  /// Gives one turn; false if none is due.
  bool step();
  /// Gives turns until none is due; throws `std::runtime_error` after `limit` (something never comes to rest).
  void settle(std::size_t limit = 10'000'000);
  /// Moves the clock from timer to timer up to now + `by`, settling at each.
  void advance(std::chrono::nanoseconds by);
  /// Moves the clock to the next timer, at most by so much, and gives no turn: `step` does.
  void pass(std::chrono::nanoseconds at_most);
  /// Timers that are set.
  [[nodiscard]] std::size_t timers() const;
  /// Runs the graph and settles; the graph need not be over then.
  [[nodiscard]] stream::running start(stream::runnable graph, stream::run_options options = {});
};

} // namespace cloudflow::testkit
