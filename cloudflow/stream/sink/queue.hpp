#pragma once

#include "cloudflow/stream/sink/port.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>

namespace cloudflow::stream {

/// A bounded queue that any thread empties: `queue_sink<int> out(100); source(...).to(out); out.try_take();`.
/// Shape: n -> 0. Demand is the room left; an offset is done when its element was taken.
/// A cheap copy. Thread-safe. Keeps: offsets held until taken.
template <class T> class queue_sink {
  struct held {
    T value;
    token_ref token;
  };
  struct state {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<held> waiting;
    std::size_t capacity;
    std::optional<ending> how;
    bool cancelled = false;
    waker wake;
  };
  std::shared_ptr<state> state_; ///< owners: the handles and the port

  class port final : public sink_port<T> {
    std::shared_ptr<state> state_;

  public:
    explicit port(std::shared_ptr<state> s)
        : state_(std::move(s)) {}
    ~port() override {
      const std::lock_guard lock(state_->mutex);
      state_->wake = waker();
      if (!state_->how) state_->how = ending{end_kind::abort, nullptr};
      state_->changed.notify_all();
    }
    std::size_t room() override {
      const std::lock_guard lock(state_->mutex);
      return state_->capacity - std::min(state_->capacity, state_->waiting.size());
    }
    void push(batch<T>& elements) override {
      const std::lock_guard lock(state_->mutex);
      std::size_t at = 0;
      for (auto& run : elements.runs) {
        for (std::size_t i = 0; i < run.count; ++i)
          state_->waiting.push_back({std::move(elements.values[at++]), token_ref::share(run.token.get())});
        run.token.acknowledge();
      }
      state_->changed.notify_all();
    }
    bool arm(const waker& wake) override {
      const std::lock_guard lock(state_->mutex);
      state_->wake = wake;
      return state_->waiting.size() < state_->capacity || state_->cancelled;
    }
    void end(const ending& how) override {
      const std::lock_guard lock(state_->mutex);
      state_->how = how;
      state_->changed.notify_all();
    }
    bool ended() override { return true; }
    bool cancelled() override {
      const std::lock_guard lock(state_->mutex);
      return state_->cancelled;
    }
    std::string name() const override { return "queue_sink"; }
  };

  std::optional<T> take_locked(std::unique_lock<std::mutex>& lock) const {
    if (state_->waiting.empty()) return std::nullopt;
    auto first = std::move(state_->waiting.front());
    state_->waiting.pop_front();
    const auto wake = state_->wake;
    lock.unlock();
    first.token.acknowledge();
    wake.wake();
    return std::move(first.value);
  }

public:
  explicit queue_sink(std::size_t capacity)
      : state_(std::make_shared<state>()) {
    state_->capacity = std::max<std::size_t>(capacity, 1);
  }
  /// The oldest element, if one is there.
  [[nodiscard]] std::optional<T> try_take() const {
    std::unique_lock lock(state_->mutex);
    return take_locked(lock);
  }
  /// Blocks the caller's thread (never a worker) until an element is there or the graph ended.
  [[nodiscard]] std::optional<T> take() const {
    std::unique_lock lock(state_->mutex);
    state_->changed.wait(lock, [&] { return !state_->waiting.empty() || state_->how; });
    return take_locked(lock);
  }
  /// Wants no more: cancels the graph.
  void cancel() const {
    waker wake;
    {
      const std::lock_guard lock(state_->mutex);
      state_->cancelled = true;
      wake = state_->wake;
    }
    wake.wake();
  }
  /// How the graph ended, once it did.
  [[nodiscard]] std::optional<ending> how_ended() const {
    const std::lock_guard lock(state_->mutex);
    return state_->how;
  }
  /// For one graph: what `.to(...)` calls.
  template <class In>
    requires std::convertible_to<In, T>
  auto bind(graph_builder&) && {
    return port_stage<T>(std::make_unique<port>(state_));
  }
};

} // namespace cloudflow::stream
