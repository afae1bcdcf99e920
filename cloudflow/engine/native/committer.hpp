#pragma once

#include "cloudflow/engine/native/dead_letter_sender.hpp"
#include "cloudflow/engine/native/reader.hpp"
#include "cloudflow/engine/native/task_set.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace cloudflow::engine {

/// When one instance commits, and what: per reader the positions before which everything was acknowledged. Works at the
/// commit interval while there is something to commit, and sleeps else: a window holds its offsets without costing a
/// wake-up. Dead letters are in the log before the positions behind their records are committed. Confined to the loop's
/// turns.
class committer {
  const streamlet::delivery delivery_;
  const std::chrono::nanoseconds interval_;
  const clock_source& clock_;
  std::function<void(std::chrono::nanoseconds)> wake_at_;
  std::optional<std::chrono::nanoseconds> due_;
  int idle_ = 0; // looks in a row that found nothing
  struct moved_positions {
    reader* of;
    std::vector<log::source_position> positions;
  };
  dead_letter_sender dead_letters_;
  std::vector<moved_positions> held_; // progress whose dead letters are not in the log yet
  bool holds_ = false;

public:
  /// `wake_at` asks for a turn of the loop at a steady time; a later call replaces an earlier one.
  committer(const streamlet::instance_settings& settings, const clock_source& clock,
            std::function<void(std::chrono::nanoseconds)> wake_at, std::shared_ptr<instance_services> services);

  /// Records are about to be handed to a task. At most once: they are done with now.
  void reading(reader& from, log::source_partition source, record_offset next);
  /// Something was read: there will be something to commit.
  void note_read();
  /// A turn: commits if it is time, and says whether it was. Errors: those of the log.
  result<bool> look(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks);
  /// Commits what was acknowledged before the first call with that `begun`, which is false then: false while dead
  /// letters are on their way, and the loop is woken when they are in the log. Errors: those of the log.
  result<bool> commit(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks, bool& begun);
  /// Commit in the next turn.
  void hurry() { due_ = std::chrono::nanoseconds::min(); }

private:
  struct finding;
  finding take_progress(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks);
  result<bool> tell();
  void arm();
};

} // namespace cloudflow::engine
