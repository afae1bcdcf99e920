#pragma once

#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/run/executor.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::stream {

/// What an island waits for.
enum class wait_kind : std::uint8_t { nothing, elements, room, timer, answers, port };
CLOUDFLOW_API std::string_view name_of(wait_kind kind);

/// One count of an operator ("late_total"). One writer, the island; read by anybody.
class stage_counter {
  std::atomic<std::uint64_t> value_{0};

public:
  void add(std::uint64_t n = 1) noexcept {
    value_.store(value_.load(std::memory_order_relaxed) + n, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }
};

struct queue_info {
  std::string name;
  std::size_t fill = 0;
  std::size_t capacity = 0;
};

/// A look at one island from outside.
struct island_info {
  int id = 0;
  std::string name;  ///< the operators in it: "source > map > filter > queue"
  std::string state; ///< idle, runnable, running, done
  wait_kind waits_for = wait_kind::nothing;
  int waits_on = -1; ///< the island at the other end of the queue, -1 if none
  std::uint64_t turns = 0;
  std::uint64_t elements = 0; ///< pulled so far
  std::vector<queue_info> inputs;
  std::vector<std::pair<std::string, std::uint64_t>> counters;
};

class graph_run;
class arming;
class commit_gate;
class key_guard;
class task_state;

/// What the stages of an island get when it starts.
class island_services {
  friend class island;
  struct named_counter {
    std::string name;
    stage_counter value;
  };
  std::string name_;
  std::string owner_;
  std::deque<named_counter> counters_;
  std::vector<std::function<queue_info()>> inputs_;
  waker waker_;
  executor* executor_ = nullptr;
  key_guard* guard_ = nullptr;
  commit_gate* gate_ = nullptr;
  task_state* state_ = nullptr;
  int id_ = 0;
  std::uint32_t keyed_stages_ = 0;
  std::optional<std::size_t> repeated_; ///< the place of the next counter that is asked for again

public:
  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] const clock_source& clock() const { return executor_->clock(); }
  [[nodiscard]] executor& turns() const { return *executor_; }
  [[nodiscard]] const waker& wakes_this() const { return waker_; }
  /// Lives as long as the island.
  stage_counter& counter(std::string name) {
    if (repeated_) return counters_[(*repeated_)++].value;
    auto& entry = counters_.emplace_back();
    entry.name = std::move(name);
    return entry.value;
  }
  void add_name(std::string_view part) {
    if (repeated_) return;
    if (!name_.empty()) name_ += " > ";
    name_ += part;
  }
  /// Where the counters begin that are made from here on.
  [[nodiscard]] std::size_t counters_begin() const { return counters_.size(); }
  /// Starts stages that are made anew: they get the counters of those before them, from `begin` on.
  template <class Start> void start_again(std::size_t begin, Start&& start) {
    repeated_ = begin;
    std::forward<Start>(start)();
    repeated_.reset();
  }
  void add_input(std::function<queue_info()> look) { inputs_.push_back(std::move(look)); }
  /// Null: nobody asks which task a key is in.
  [[nodiscard]] key_guard* guard() const { return guard_; }
  [[nodiscard]] commit_gate* gate() const { return gate_; }
  /// Null: nothing of what operators hold is durable.
  [[nodiscard]] task_state* state() const { return state_; }
  /// A number that no other keyed stage of the graph has; the same in every graph of one description.
  std::uint64_t next_keyed_stage() { return static_cast<std::uint64_t>(id_) << 32U | keyed_stages_++; }
};

/// Collects, when nothing moved, what would move the island again. Whoever arms sets its waker first and looks at its
/// condition again after that.
class arming {
  const waker& waker_;
  bool ready_ = false;
  std::chrono::nanoseconds due_ = std::chrono::nanoseconds::max();
  wait_kind waits_for_ = wait_kind::nothing;
  int waits_on_ = -1;

public:
  explicit arming(const waker& w)
      : waker_(w) {}
  [[nodiscard]] const waker& wakes_this() const { return waker_; }
  /// The condition came true meanwhile: go on instead of sleeping.
  void ready() { ready_ = true; }
  void at(std::chrono::nanoseconds due) {
    if (due < due_) due_ = due;
  }
  /// The first reason that is named counts.
  void waits(wait_kind kind, int on = -1) {
    if (waits_for_ != wait_kind::nothing) return;
    waits_for_ = kind;
    waits_on_ = on;
  }
  [[nodiscard]] bool is_ready() const { return ready_; }
  [[nodiscard]] std::chrono::nanoseconds due() const { return due_; }
  [[nodiscard]] wait_kind waits_for() const { return waits_for_; }
  [[nodiscard]] int waits_on() const { return waits_on_; }
};

/// A fused chain of operators with its own turn: runs on one worker at a time, never blocks, sleeps without cost.
/// Thread: `wake` and `describe` from any thread, the rest inside its turn.
class CLOUDFLOW_API island : public schedulable, public std::enable_shared_from_this<island> {
public:
  enum class outcome { again, parked, done };

  island(graph_run& graph, int id);
  void run() final;
  void wake() final;
  /// Once, before the first turn.
  void start(executor& turns);
  [[nodiscard]] island_info describe() const;
  [[nodiscard]] int id() const { return id_; }

protected:
  virtual outcome step() = 0;
  virtual void bind(island_services& services) = 0;
  /// Destroys stages and source: tokens they still hold are abandoned.
  virtual void release() = 0;

  [[nodiscard]] graph_run& graph() const { return graph_; }
  /// The worker gives the turn back after this many pulls.
  static constexpr int pulls_per_turn = 64;
  outcome park(const arming& a);
  void count_elements(std::size_t n) { elements_.add(n); }
  [[nodiscard]] const waker& wakes_this() const { return services_.waker_; }

private:
  enum class turn_state : int { idle, queued, running, notified, done };

  graph_run& graph_; ///< outlives its islands' turns
  int id_;
  std::atomic<turn_state> state_{turn_state::idle};
  island_services services_;
  bool timer_set_ = false;
  stage_counter turns_;
  stage_counter elements_;
  std::atomic<wait_kind> waits_for_{wait_kind::nothing};
  std::atomic<int> waits_on_{-1};
  mutable std::mutex inputs_mutex_; ///< describe against release
  bool released_ = false;
};

} // namespace cloudflow::stream
