#pragma once

#include "cloudflow/base/random.hpp"
#include "cloudflow/stream/run/island.hpp"

#include <algorithm>
#include <chrono>

namespace cloudflow::stream {

/// How long to wait before the next try: `min` first, twice as long each time, `max` at most, and up to `jitter` times
/// that more, at random.
struct backoff {
  std::chrono::nanoseconds min = std::chrono::seconds(1);
  std::chrono::nanoseconds max = std::chrono::seconds(60);
  double jitter = 0.2;
};

/// Counts tries and says when the next one is due. Confined to its island.
class backoff_timer {
  backoff how_;
  const clock_source* clock_ = nullptr;
  seeded_random random_{0};
  std::size_t tries_ = 0;
  std::chrono::nanoseconds due_{};

public:
  explicit backoff_timer(backoff how)
      : how_(how) {}
  /// The seed is the place and the time: the same in a run that is replayed, another in each life of a process.
  void start(const island_services& services) {
    clock_ = &services.clock();
    random_ = seeded_random(static_cast<std::uint64_t>(clock_->steady_now().count()) * 31 +
                            static_cast<std::uint64_t>(services.id()));
  }
  void reset() { tries_ = 0; }
  /// Another try failed.
  void failed() {
    auto wait = how_.min;
    for (std::size_t i = 0; i < tries_ && wait < how_.max; ++i) wait = wait > how_.max / 2 ? how_.max : wait * 2;
    wait = std::max(std::chrono::nanoseconds(0), std::min(wait, how_.max));
    wait += std::chrono::nanoseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) *
                                                               std::clamp(how_.jitter, 0.0, 1.0) * random_.unit()));
    due_ = clock_->steady_now() + wait;
    ++tries_;
  }
  [[nodiscard]] std::size_t tries() const { return tries_; }
  [[nodiscard]] std::chrono::nanoseconds due() const { return due_; }
  [[nodiscard]] bool is_due() const { return clock_->steady_now() >= due_; }
  [[nodiscard]] std::chrono::nanoseconds now() const { return clock_->steady_now(); }
  void arm(arming& a) const {
    a.at(due_);
    if (is_due()) a.ready();
    a.waits(wait_kind::timer);
  }
};

} // namespace cloudflow::stream
