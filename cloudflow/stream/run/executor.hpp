#pragma once

#include "cloudflow/base/clock.hpp"

#include <chrono>
#include <memory>

namespace cloudflow::stream {

/// Something that an executor runs in short turns: an island, or one call of `map_async`. `wake` is thread-safe.
class CLOUDFLOW_API schedulable {
public:
  virtual ~schedulable() = default;
  /// One turn, on a worker; never on two at once.
  virtual void run() = 0;
  /// Asks for a turn; does nothing when one is already due or all is over.
  virtual void wake() = 0;
};

/// Lets a queue, a timer or a port of another room ask for a turn of an island. A cheap copy; may outlive the island,
/// does nothing then. Thread-safe.
class waker {
  std::shared_ptr<schedulable> target_; ///< owners: executor while a turn is due, graph, everybody who may wake

public:
  waker() = default;
  explicit waker(std::shared_ptr<schedulable> target)
      : target_(std::move(target)) {}
  void wake() const {
    if (target_) target_->wake();
  }
  explicit operator bool() const noexcept { return target_ != nullptr; }
  /// True if both wake the same.
  friend bool operator==(const waker& a, const waker& b) noexcept { return a.target_ == b.target_; }
};

/// Where turns run. The pool and the testkit's `manual_runtime` are the two forms; the engine starts no thread and asks
/// no clock but through here. Thread-safe.
class CLOUDFLOW_API executor {
public:
  virtual ~executor() = default;
  /// Gives `work` a turn.
  virtual void submit(std::shared_ptr<schedulable> work) = 0;
  /// Wakes `owner` at a steady time; a later call for the same owner replaces the earlier.
  virtual void set_timer(std::shared_ptr<schedulable> owner, std::chrono::nanoseconds due) = 0;
  /// Forgets the owner's timer: timers must not outlive their island.
  virtual void cancel_timer(const schedulable& owner) = 0;
  [[nodiscard]] virtual const clock_source& clock() const = 0;
};

} // namespace cloudflow::stream
