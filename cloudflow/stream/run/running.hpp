#pragma once

#include "cloudflow/stream/run/commit_gate.hpp"
#include "cloudflow/stream/run/island.hpp"

#include <condition_variable>

namespace cloudflow::stream {

/// What a graph is given beside its description.
struct run_options {
  std::shared_ptr<key_guard> guard{};  ///< owners: the graph, and whoever made it for the other tasks too
  std::shared_ptr<task_state> state{}; ///< owners: the graph, and whoever commits it; null: no durable state
  std::string owner{};                 ///< whose work it is, when it crashes: the streamlet
  bool home = true;                    ///< sources that belong to no task in particular run here
};

/// How a graph ended. `fail` carries the first failure.
using run_result = ending;

/// One materialised graph: its islands and what is asked of all of them. Thread-safe.
class CLOUDFLOW_API graph_run : public std::enable_shared_from_this<graph_run> {
  enum class request : int { none, drain, fail, abort };

  executor& executor_;
  const run_options options_;
  commit_gate gate_; ///< before the islands: their sinks leave it when they go
  std::atomic<request> request_{request::none};
  mutable std::mutex mutex_;
  std::vector<std::shared_ptr<island>> islands_; ///< until all are done
  std::vector<island_info> last_look_;
  std::size_t left_ = 0;
  bool finished_ = false;
  bool drained_ = false;
  bool stateful_ = false; ///< known before the start
  std::shared_ptr<const failure> failure_;
  run_result result_;
  std::vector<std::function<void(const run_result&)>> callbacks_;
  std::shared_ptr<graph_run> self_; ///< the run owns itself until it finished

  void ask(request what);
  void wake_all();

public:
  explicit graph_run(executor& turns, run_options options = {})
      : executor_(turns)
      , options_(std::move(options)) {}

  // for the runtime
  void add(std::shared_ptr<island> added);
  /// Before the start: islands from `first` on are not wanted.
  void leave_out(int first) { islands_.resize(static_cast<std::size_t>(first)); }
  void start();

  // for islands
  [[nodiscard]] int next_island_id() const { return static_cast<int>(islands_.size()); }
  [[nodiscard]] bool draining() const { return request_.load(std::memory_order_acquire) == request::drain; }
  [[nodiscard]] bool failing() const { return request_.load(std::memory_order_acquire) == request::fail; }
  [[nodiscard]] bool aborting() const { return request_.load(std::memory_order_acquire) == request::abort; }
  [[nodiscard]] std::shared_ptr<const failure> why() const;
  [[nodiscard]] commit_gate& gate() { return gate_; }
  [[nodiscard]] key_guard* guard() const { return options_.guard.get(); }
  [[nodiscard]] task_state* state() const { return options_.state.get(); }
  [[nodiscard]] const std::string& owner() const { return options_.owner; }
  [[nodiscard]] bool is_home() const { return options_.home; }
  /// The first failure counts; every source ends with it.
  void fail(std::shared_ptr<const failure> why);
  /// Before the start: the graph will fail with this as soon as it starts.
  void refuse(failure why);
  /// Before the start: an operator keeps durable state, if there is a `task_state`.
  void note_stateful() { stateful_ = true; }
  void island_done(island& which);
  void note_drained();

  // for owners
  void barrier(commit_id n, std::function<void()> all_have_it);
  void release(commit_id n);
  void drain() { ask(request::drain); }
  void abort() { ask(request::abort); }
  [[nodiscard]] bool finished() const;
  [[nodiscard]] bool is_stateful() const { return stateful_; }
  void on_completed(std::function<void(const run_result&)> callback);
  [[nodiscard]] std::vector<island_info> describe() const;
};

/// The handle of a running graph. A cheap copy; the graph runs on when all handles are gone. Thread-safe.
class running {
  std::shared_ptr<graph_run> graph_; ///< owners: the handles, and the run itself until it finished

public:
  running() = default;
  explicit running(std::shared_ptr<graph_run> graph)
      : graph_(std::move(graph)) {}
  explicit operator bool() const noexcept { return graph_ != nullptr; }

  /// Sends a commit barrier from every source to every sink: what the sinks got before it is exactly what came of the
  /// elements before the cuts of the sources (`offset_tracker::take_progress(n)`), and operators have sealed their
  /// state of that moment. Calls back once, on a worker, when every sink has the barrier or has ended; never when the
  /// graph fails or is aborted before (then the run's end is the news). The callback must not block or throw. Sinks
  /// take nothing more until `release(n)`. Shape: numbers grow; one barrier is under way at a time.
  void barrier(commit_id n, std::function<void()> all_have_it) const { graph_->barrier(n, std::move(all_have_it)); }
  /// The commit is decided: what comes now belongs to the next one.
  void release(commit_id n) const { graph_->release(n); }
  /// Sources stop; elements in flight reach their sinks; what is held is not emitted and stays uncommitted.
  void drain() const { graph_->drain(); }
  /// Every source ends with this failure, unless there was one before.
  void fail(std::shared_ptr<const failure> why) const { graph_->fail(std::move(why)); }
  /// Everything stops at its next turn; nothing in flight is committed.
  void abort() const { graph_->abort(); }
  [[nodiscard]] bool finished() const { return graph_->finished(); }
  /// An operator of it keeps durable state, if it was given a `task_state`.
  [[nodiscard]] bool is_stateful() const { return graph_->is_stateful(); }
  /// Calls back once, on a worker (or at once when it is over already). The callback must not block or throw.
  void completed(std::function<void(const run_result&)> callback) const { graph_->on_completed(std::move(callback)); }
  /// Every island, what it waits for and how full its queues are.
  [[nodiscard]] std::vector<island_info> describe() const { return graph_->describe(); }
};

/// Waits on the caller's thread until the graph is over: for `main` and tests, never inside a turn.
CLOUDFLOW_API run_result wait_for(const running& graph);

} // namespace cloudflow::stream
