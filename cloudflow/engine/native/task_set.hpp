#pragma once

#include "cloudflow/engine/native/key_owners.hpp"
#include "cloudflow/engine/native/operator_counters.hpp"
#include "cloudflow/engine/native/reader.hpp"
#include "cloudflow/engine/native/task.hpp"
#include "cloudflow/native/changelog_state.hpp"
#include "cloudflow/native/streamlet.hpp"
#include "cloudflow/stream/graph/builder.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// The tasks of one instance, each with its graph. Task *i* is there while any inlet owns partition *i* here.
///
/// A graph cannot take back what an inlet gave it, nor open an inlet again. So when an inlet loses its partition the
/// task *leaves* as a whole, also if other inlets feed it too, and where one still owns its partition a fresh task
/// takes its place, reading on from what was done with. An inlet that gets its partition later only begins to feed.
/// - Asked back (`leave`): the graph drains. What is in flight reaches its sinks, what is held is not emitted and its
///   offsets stay uncommitted; then commit, release, replace.
/// - Lost (`forfeit`): the graph is aborted and nothing of the lost partition is committed. What the others had
///   finished is.
/// Never is a feed ended as *complete* by this: the input goes on, elsewhere.
///
/// Confined to the loop's turns; `describe` and `wait_until_quiet` from any thread but a turn.
class task_set {
  struct entry {
    std::shared_ptr<native_task> task; // owners: this, and the graph's readers and writers
    stream::running graph;
    std::shared_ptr<native::changelog_state> state; // owners: this and the graph; null: nothing is durable
    std::optional<operator_counters> counters;      // beside the graph
    bool leaving = false;
    bool aborted = false; // what it did since the last commit does not count
    bool over = true;     // no graph runs
    bool completed = false;
  };
  // What graphs tell on any thread. Owners: the set and the callbacks of its graphs.
  struct news {
    std::mutex mutex;
    std::condition_variable quiet;
    std::size_t running = 0;
    std::vector<std::pair<std::shared_ptr<native_task>, stream::run_result>> ended;
    std::map<partition_id, stream::running> graphs;
  };

  const backend::instance& what_;
  const native::streamlet& streamlet_;
  stream::runtime& runtime_;
  std::shared_ptr<instance_services> services_; // owners: loop, this, tasks
  std::shared_ptr<key_owners> key_owners_;      // owners: this and the tasks' graphs; null: one task, nothing to watch
  std::map<partition_id, entry> tasks_;
  bool stateful_ = false;
  std::shared_ptr<news> news_ = std::make_shared<news>();

public:
  task_set(const backend::instance& what, const native::streamlet& streamlet, stream::runtime& runtime,
           std::shared_ptr<instance_services> services);
  /// Several tasks: records of one key must not reach two of them. Before the first start.
  void watch_keys();

  /// Builds the graph and runs it. Answers why the streamlet's code could not.
  std::optional<backend::failure_report> start(partition_id id, const std::vector<std::unique_ptr<reader>>& readers,
                                               std::shared_ptr<native::changelog_state> state);
  /// Takes notice of graphs that ended. Answers the failure of one of them.
  std::optional<backend::failure_report> hear();
  void leave(partition_id id);
  void forfeit(partition_id id, const reader& lost_by);
  /// Tasks that left and whose graph is over: commit, then `remove` them.
  [[nodiscard]] std::vector<partition_id> left() const;
  void remove(partition_id id);
  void drain();
  void abort();

  [[nodiscard]] bool contains(partition_id id) const { return tasks_.contains(id); }
  [[nodiscard]] bool empty() const { return tasks_.empty(); }
  /// An operator keeps durable state.
  [[nodiscard]] bool any_stateful() const { return stateful_; }
  /// The graphs that a barrier must go through.
  [[nodiscard]] std::vector<std::pair<partition_id, stream::running>> graphs() const;
  [[nodiscard]] bool all_over() const;
  [[nodiscard]] bool all_completed() const;
  /// Where records of a partition go: the feed of its task, or those of all tasks for a broadcast. None for tasks that
  /// leave.
  [[nodiscard]] std::vector<native::record_feed*> feeds_of(const reader& r, log::source_partition source) const;
  [[nodiscard]] const native_task& task(partition_id id) const { return *tasks_.at(id).task; }
  template <class F> void for_each(F&& f) const {
    for (const auto& [id, e] : tasks_) f(*e.task);
  }
  /// The durable state of tasks whose work counts.
  template <class F> void for_each_state(F&& f) const {
    for (const auto& [id, e] : tasks_)
      if (e.state && !e.aborted) f(id, *e.state);
  }

  /// Brings what operators counted to the registry. Also done when a task ends.
  void publish_counters();
  /// Lines for people: each island and what it waits for.
  [[nodiscard]] std::vector<std::string> describe() const;
  /// Waits until no graph runs. Not inside a turn.
  void wait_until_quiet();
};

/// A stage's failure as a host reports it.
backend::failure_report report_of(const stream::failure& f);

} // namespace cloudflow::engine
