#pragma once

#include "cloudflow/stream/source/port.hpp"

#include <deque>
#include <mutex>

namespace cloudflow::stream {

enum class offer_result {
  accepted,
  full,  ///< back-pressure: nothing was taken, offer again later
  closed ///< the graph ended, drains, or the queue was completed
};

/// A bounded queue that any thread fills: `queue_source<int> in(100); source(in).to(...); in.offer(1);`.
/// Shape: 0 -> n, in the order of the offers. On drain, what was accepted still goes through.
/// A cheap copy. Thread-safe. Keeps: nothing to keep.
template <class T> class queue_source {
  struct state {
    std::mutex mutex;
    std::deque<T> waiting;
    std::size_t capacity;
    std::optional<ending> how;
    bool gone = false;
    waker wake;
  };
  std::shared_ptr<state> state_; ///< owners: the handles and the port

  class port final : public source_port<T> {
    std::shared_ptr<state> state_;

  public:
    explicit port(std::shared_ptr<state> s)
        : state_(std::move(s)) {}
    ~port() override { cancel(); }
    source_status pull(std::size_t limit, batch<T>& out) override {
      const std::lock_guard lock(state_->mutex);
      auto& waiting = state_->waiting;
      for (; limit > 0 && !waiting.empty(); --limit) {
        out.add(std::move(waiting.front()));
        waiting.pop_front();
      }
      if (!waiting.empty()) return source_status::more;
      if (state_->how) return source_status::ended;
      return out.empty() ? source_status::empty : source_status::more;
    }
    bool arm(const waker& wake) override {
      const std::lock_guard lock(state_->mutex);
      state_->wake = wake;
      return !state_->waiting.empty() || state_->how;
    }
    void drain() override {
      const std::lock_guard lock(state_->mutex);
      if (!state_->how) state_->how = ending{end_kind::drain, nullptr};
    }
    void cancel() override {
      const std::lock_guard lock(state_->mutex);
      state_->gone = true;
      state_->waiting.clear();
      state_->wake = waker();
    }
    ending how_ended() const override {
      const std::lock_guard lock(state_->mutex);
      return state_->how.value_or(ending{});
    }
    std::string name() const override { return "queue_source"; }
  };

  void end(ending how) const {
    waker wake;
    {
      const std::lock_guard lock(state_->mutex);
      if (!state_->how) state_->how = std::move(how);
      wake = state_->wake;
    }
    wake.wake();
  }

public:
  explicit queue_source(std::size_t capacity)
      : state_(std::make_shared<state>()) {
    state_->capacity = std::max<std::size_t>(capacity, 1);
  }
  offer_result offer(T element) const {
    waker wake;
    {
      const std::lock_guard lock(state_->mutex);
      if (state_->how || state_->gone) return offer_result::closed;
      if (state_->waiting.size() >= state_->capacity) return offer_result::full;
      state_->waiting.push_back(std::move(element));
      wake = state_->wake;
    }
    wake.wake();
    return offer_result::accepted;
  }
  /// The graph completes when what was accepted is through.
  void complete() const { end(ending{end_kind::complete, nullptr}); }
  void fail(std::string text) const {
    failure why{"error", std::move(text), "queue_source", std::nullopt};
    end(ending{end_kind::fail, std::make_shared<const failure>(std::move(why))});
  }
  /// For one graph.
  [[nodiscard]] std::unique_ptr<source_port<T>> make_port() const { return std::make_unique<port>(state_); }
};

} // namespace cloudflow::stream
