#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace cloudflow::log::internal {

/// A callback and the flag that keeps it from being called twice for one poll. Thread-safe.
class waker {
  std::atomic<bool> ready_{true};
  std::mutex calling_; // held during a call, so that `disarm` returns only when none is under way
  std::function<void()> call_;

public:
  explicit waker(std::function<void()> call)
      : call_(std::move(call)) {}

  [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_seq_cst); }
  /// True for the one who has to call `call` (outside all locks of the log).
  [[nodiscard]] bool signal() noexcept { return !ready_.exchange(true, std::memory_order_seq_cst); }
  /// Before a poll looks: what comes from now on signals again.
  void lower() noexcept { ready_.store(false, std::memory_order_seq_cst); }
  /// The poll left something: no signal is needed.
  void raise() noexcept { ready_.store(true, std::memory_order_seq_cst); }
  void call() {
    const std::lock_guard lock(calling_);
    if (call_) call_();
  }
  /// No call comes after this.
  void disarm() {
    const std::lock_guard lock(calling_);
    call_ = nullptr;
  }
};

/// Wakers to call when the locks are gone: calls them when it is destroyed. Declare it before the lock.
class wake_list {
  std::vector<std::shared_ptr<waker>> list_; // owners: consumers, partitions; here until called

public:
  wake_list() = default;
  wake_list(const wake_list&) = delete;
  wake_list& operator=(const wake_list&) = delete;
  ~wake_list() {
    for (const auto& w : list_) w->call();
  }
  void signal(const std::shared_ptr<waker>& w) {
    if (w->signal()) list_.push_back(w);
  }
};

} // namespace cloudflow::log::internal
