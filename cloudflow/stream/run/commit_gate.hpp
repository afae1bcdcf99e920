#pragma once

#include "cloudflow/base/export.hpp"
#include "cloudflow/base/ids.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <mutex>
#include <utility>

namespace cloudflow::stream {

/// The number of a commit of one graph; they grow. 0 is none.
using commit_id = named_type<std::uint64_t, struct commit_id_tag>;
inline constexpr commit_id no_commit{0};

/// Where the sinks of a graph meet its commit barriers: knows when all of them have the one that was asked for, and up
/// to which commit they were released. One barrier is under way at a time. Thread-safe.
/// Page: docs/adr/0010-commit-barriers.md
class CLOUDFLOW_API commit_gate {
  std::mutex mutex_;
  std::atomic<std::uint64_t> asked_{0};
  std::atomic<std::uint64_t> released_{0};
  std::size_t live_ = 0;    ///< sinks that have not ended
  std::size_t arrived_ = 0; ///< those of them that have the barrier
  bool lost_ = false;
  std::function<void()> all_have_it_;

  std::function<void()> take_if_complete();

public:
  // for the graph
  void ask(commit_id n, std::function<void()> all_have_it);
  void release(commit_id n) { released_.store(n.value(), std::memory_order_seq_cst); }
  /// The graph fails: whoever waits for a barrier hears of its end instead.
  void lose();
  [[nodiscard]] commit_id asked() const { return commit_id(asked_.load(std::memory_order_acquire)); }
  [[nodiscard]] commit_id released() const { return commit_id(released_.load(std::memory_order_acquire)); }

  // for sinks
  void sink_added();
  void sink_has(commit_id n);
  /// `has`: the last barrier that it has.
  void sink_ended(commit_id has);
};

class island_services;

/// A sink's place at the gate: with a barrier it takes nothing more until the commit is released; an ended sink counts
/// as one that has every barrier. Confined to its island; moved before the start only.
class CLOUDFLOW_API barrier_end {
  commit_gate* gate_ = nullptr; ///< outlives the islands' stages
  commit_id has_ = no_commit;

public:
  barrier_end() = default;
  barrier_end(barrier_end&& other) noexcept
      : gate_(std::exchange(other.gate_, nullptr))
      , has_(other.has_) {}
  barrier_end& operator=(barrier_end&& other) noexcept;
  ~barrier_end() { end(); }
  void start(island_services& services);
  void on_barrier(commit_id n);
  void end();
  /// What comes now belongs to the next commit, and that has not begun.
  [[nodiscard]] bool held() const { return gate_ != nullptr && has_ > gate_->released(); }
};

} // namespace cloudflow::stream
