#include "cloudflow/stream/run/pool.hpp"

#include "cloudflow/base/signal_stack.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unordered_map>
#include <vector>

namespace cloudflow::stream {

namespace {

void relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

} // namespace

class pool_runtime::pool final : public executor {
  using due_map = std::multimap<std::chrono::nanoseconds, std::weak_ptr<schedulable>>;

  const clock_source& clock_;
  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<std::shared_ptr<schedulable>> ready_;
  std::atomic<std::size_t> ready_count_{0};
  unsigned sleeping_ = 0;
  bool timer_waiter_ = false; ///< one of the sleepers waits for the earliest timer
  bool stopping_ = false;
  due_map timers_;
  std::unordered_map<const schedulable*, due_map::iterator> timer_of_;
  std::vector<std::jthread> threads_;

  /// A short look for new work before a worker sleeps: a wake-up through the kernel costs more than this.
  static constexpr int looks_before_sleep = 200;

public:
  explicit pool(const options& o)
      : clock_(o.clock != nullptr ? *o.clock : system_clock_source()) {
    auto count = o.workers != 0 ? o.workers : std::max(2U, std::thread::hardware_concurrency());
    for (unsigned i = 0; i < count; ++i) {
      threads_.emplace_back([this, i] {
        ::pthread_setname_np(::pthread_self(), ("cf-worker-" + std::to_string(i)).c_str());
        const signal_stack for_crashes;
        work();
      });
    }
  }

  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    work_.notify_all();
    threads_.clear();
    ready_.clear();
  }

  void submit(std::shared_ptr<schedulable> work) override {
    bool wake = false;
    {
      const std::lock_guard lock(mutex_);
      ready_.push_back(std::move(work));
      ready_count_.store(ready_.size(), std::memory_order_relaxed);
      wake = sleeping_ > 0;
    }
    if (wake) work_.notify_one();
  }
  void set_timer(std::shared_ptr<schedulable> owner, std::chrono::nanoseconds due) override {
    bool earliest = false;
    {
      const std::lock_guard lock(mutex_);
      const auto* key = owner.get();
      if (const auto found = timer_of_.find(key); found != timer_of_.end()) timers_.erase(found->second);
      const auto entry = timers_.emplace(due, std::move(owner));
      timer_of_[key] = entry;
      earliest = entry == timers_.begin() && sleeping_ > 0;
    }
    if (earliest) work_.notify_all();
  }
  void cancel_timer(const schedulable& owner) override {
    const std::lock_guard lock(mutex_);
    const auto found = timer_of_.find(&owner);
    if (found == timer_of_.end()) return;
    timers_.erase(found->second);
    timer_of_.erase(found);
  }
  const clock_source& clock() const override { return clock_; }

private:
  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      fire_timers(lock);
      if (!ready_.empty()) {
        auto next = std::move(ready_.front());
        ready_.pop_front();
        ready_count_.store(ready_.size(), std::memory_order_relaxed);
        lock.unlock();
        next->run();
        next.reset();
        look_around();
        lock.lock();
        continue;
      }
      if (stopping_) return;
      sleep(lock);
    }
  }
  void look_around() const {
    for (int i = 0; i < looks_before_sleep; ++i) {
      if (ready_count_.load(std::memory_order_relaxed) != 0) return;
      relax();
    }
  }
  void sleep(std::unique_lock<std::mutex>& lock) {
    ++sleeping_;
    if (!timers_.empty() && !timer_waiter_) {
      timer_waiter_ = true;
      const auto left = timers_.begin()->first - clock_.steady_now();
      work_.wait_for(lock, std::max(left, std::chrono::nanoseconds(0)));
      timer_waiter_ = false;
    } else {
      work_.wait(lock);
    }
    --sleeping_;
  }
  /// Wakes whoever is due. Called with the lock held; lets it go while waking.
  void fire_timers(std::unique_lock<std::mutex>& lock) {
    while (!timers_.empty()) {
      const auto first = timers_.begin();
      if (first->first > clock_.steady_now()) return;
      const auto owner = first->second.lock();
      std::erase_if(timer_of_, [&](const auto& entry) { return entry.second == first; });
      timers_.erase(first);
      lock.unlock();
      if (owner) owner->wake();
      lock.lock();
    }
  }
};

pool_runtime::pool_runtime()
    : pool_runtime(options()) {}
pool_runtime::pool_runtime(options o)
    : pool_(std::make_shared<pool>(o)) {}
pool_runtime::~pool_runtime() {
  for (const auto& graph : abort_all()) wait_for(graph);
  pool_->stop();
}
executor& pool_runtime::turns() { return *pool_; }

} // namespace cloudflow::stream
