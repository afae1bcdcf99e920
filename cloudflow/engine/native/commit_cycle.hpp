#pragma once

#include "cloudflow/engine/native/dead_letter_sender.hpp"
#include "cloudflow/engine/native/reader.hpp"
#include "cloudflow/engine/native/task_set.hpp"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cloudflow::engine {

/// Commits of one instance behind barriers: commit n is what came of everything before a cut through all its tasks.
/// A barrier goes through every graph; when all sinks have it, what operators sealed goes to the changelog, what inlets
/// gave up to the dead letters, and records, changelog and positions are committed together: in one transaction under
/// exactly-once, else in this order. Then the sinks go on. Works at the commit interval while something moves, and
/// sleeps else. A commit that fails is the instance's failure: it starts again from what was committed, which undoes
/// the rest. Confined to the loop's turns.
class commit_cycle {
  enum class stage { idle, barrier, changes, flushing, committing };
  struct answers; // of graphs and log, on any thread
  struct moved_positions {
    reader* of;
    std::vector<log::source_position> positions;
  };
  struct pending_changes {
    partition_id task;
    native::changelog_batch batch;
    std::size_t sent = 0;
  };

  const std::chrono::nanoseconds interval_;
  const clock_source& clock_;
  const std::function<void(std::chrono::nanoseconds)> wake_at_;
  std::shared_ptr<instance_services> services_; // owners: loop, tasks, this
  std::shared_ptr<answers> answers_;            // owners: this and the callbacks
  std::unique_ptr<log::topic_writer> changelog_;
  stage stage_ = stage::idle;
  std::optional<std::chrono::nanoseconds> due_;
  std::optional<std::chrono::nanoseconds> last_; // when the last commit was made
  bool hurried_ = false;
  int vain_ = 0;        // commits in a row that had nothing
  std::uint64_t n_ = 0; // of the last commit that began
  std::uint64_t done_ = 0;
  dead_letter_sender dead_letters_;
  std::deque<pending_changes> changes_;
  std::vector<moved_positions> positions_;

public:
  /// `wake_at` as in `committer`.
  commit_cycle(const streamlet::instance_settings& settings, const clock_source& clock,
               std::function<void(std::chrono::nanoseconds)> wake_at, std::shared_ptr<instance_services> services);

  /// Records were handed to a task: there will be something to commit.
  void note_read();
  /// Commit in the next turn, even if nothing seems to have moved.
  void hurry() { hurried_ = true; }
  /// No commit is under way: tasks may start.
  [[nodiscard]] bool is_idle() const { return stage_ == stage::idle; }
  /// The number of the next commit that begins.
  [[nodiscard]] std::uint64_t next() const { return n_ + 1; }
  [[nodiscard]] bool has_done(std::uint64_t n) const { return done_ >= n; }
  /// The task's graph was aborted: its barrier is not waited for.
  void forget(partition_id task);

  /// Does what can be done now. Answers why the instance has failed.
  std::optional<error> advance(const std::vector<std::unique_ptr<reader>>& readers, task_set& tasks);

private:
  /// Something came out: a commit is due at once, but not before the interval since the last one is over. So a lone
  /// record passes at once, and many share a commit. What only went into state is committed an interval after it was
  /// read: nobody waits for it.
  void note_moved();
  bool begin(task_set& tasks);
  void take_changes(task_set& tasks);
  /// False while the log has no room.
  result<bool> send_changes();
  void flush();
  result<void> commit(const std::vector<std::unique_ptr<reader>>& readers, task_set& tasks);
  void finish(task_set& tasks);
  void arm();
};

} // namespace cloudflow::engine
