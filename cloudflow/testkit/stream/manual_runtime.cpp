#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <algorithm>
#include <deque>
#include <mutex>
#include <stdexcept>
#include <tuple>

namespace cloudflow::testkit {

class manual_runtime::turn_queue final : public stream::executor {
  struct timer {
    std::chrono::nanoseconds due;
    std::uint64_t number = 0; ///< of those that are due together the one that was set first goes first
    std::weak_ptr<stream::schedulable> owner;
  };
  const manual_clock& clock_;
  seeded_random random_;
  bool seeded_;
  std::mutex mutex_; ///< ports of other threads may wake islands
  std::deque<std::shared_ptr<stream::schedulable>> ready_;
  std::map<const stream::schedulable*, timer> timers_;
  std::uint64_t timers_set_ = 0;

public:
  turn_queue(const manual_clock& clock, std::uint64_t seed)
      : clock_(clock)
      , random_(seed)
      , seeded_(seed != 0) {}

  void submit(std::shared_ptr<stream::schedulable> work) override {
    const std::lock_guard lock(mutex_);
    ready_.push_back(std::move(work));
  }
  void set_timer(std::shared_ptr<stream::schedulable> owner, std::chrono::nanoseconds due) override {
    const std::lock_guard lock(mutex_);
    const auto* key = owner.get();
    timers_[key] = timer{due, ++timers_set_, std::move(owner)};
  }
  void cancel_timer(const stream::schedulable& owner) override {
    const std::lock_guard lock(mutex_);
    timers_.erase(&owner);
  }
  const clock_source& clock() const override { return clock_; }

  bool step() {
    std::shared_ptr<stream::schedulable> next;
    {
      const std::lock_guard lock(mutex_);
      if (ready_.empty()) return false;
      const auto chosen = seeded_ ? random_.below(ready_.size()) : 0;
      const auto at = ready_.begin() + static_cast<std::ptrdiff_t>(chosen);
      next = std::move(*at);
      ready_.erase(at);
    }
    next->run();
    return true;
  }
  void fire_due() {
    for (;;) {
      std::shared_ptr<stream::schedulable> owner;
      {
        const std::lock_guard lock(mutex_);
        // Not in the order of addresses: equal seeds give equal runs.
        const auto found = std::min_element(timers_.begin(), timers_.end(), [](const auto& a, const auto& b) {
          return std::tie(a.second.due, a.second.number) < std::tie(b.second.due, b.second.number);
        });
        if (found == timers_.end() || found->second.due > clock_.steady_now()) return;
        owner = found->second.owner.lock();
        timers_.erase(found);
      }
      if (owner) owner->wake();
    }
  }
  std::chrono::nanoseconds next_due(std::chrono::nanoseconds otherwise) {
    const std::lock_guard lock(mutex_);
    for (const auto& [key, entry] : timers_) otherwise = std::min(otherwise, entry.due);
    return otherwise;
  }
  std::size_t timers() {
    const std::lock_guard lock(mutex_);
    return timers_.size();
  }
};

manual_runtime::manual_runtime(std::uint64_t seed)
    : queue_(std::make_unique<turn_queue>(clock_, seed)) {}

manual_runtime::~manual_runtime() {
  const auto left = abort_all();
  while (step()) {
  }
}

stream::executor& manual_runtime::turns() { return *queue_; }

bool manual_runtime::step() { return queue_->step(); }

void manual_runtime::settle(std::size_t limit) {
  for (std::size_t turns = 0; step(); ++turns) {
    if (turns >= limit)
      throw std::runtime_error("the graph did not come to rest after " + std::to_string(limit) + " turns");
  }
}

void manual_runtime::advance(std::chrono::nanoseconds by) {
  const auto end = clock_.steady_now() + by;
  settle();
  for (;;) {
    const auto next = std::max(queue_->next_due(end), clock_.steady_now());
    if (next > end) break;
    clock_.set(next);
    queue_->fire_due();
    settle();
    if (next == end && queue_->next_due(end + std::chrono::nanoseconds(1)) > end) break;
  }
}

void manual_runtime::pass(std::chrono::nanoseconds at_most) {
  clock_.set(std::max(queue_->next_due(clock_.steady_now() + at_most), clock_.steady_now()));
  queue_->fire_due();
}

std::size_t manual_runtime::timers() const { return queue_->timers(); }

stream::running manual_runtime::start(stream::runnable graph, stream::run_options options) {
  auto handle = run(std::move(graph), std::move(options));
  settle();
  return handle;
}

} // namespace cloudflow::testkit
