#pragma once

#include "cloudflow/backend/instance.hpp"
#include "cloudflow/log/topic_log.hpp"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

namespace cloudflow::engine {

/// One consumer and the inlets that it reads: several if they are co-partitioned. Keeps the books of its partitions:
/// which are its own, read to their end, paused or asked back, and from where a task that starts anew reads each. Knows
/// no task. Confined to the loop's turns; only the consumer's wake-up comes from any thread.
class reader {
  struct standing {
    record_offset resume; ///< all before it is done with
    record_offset next;   ///< behind what was polled
    bool paused = false;
    bool completed = false;
    bool revoking = false;
  };
  std::vector<port_name> inlets_; // in the order of the consumer's topics
  bool broadcast_ = false;
  std::set<log::source_partition> begun_; // of a broadcast: those that begin at a chosen place
  std::int32_t partitions_ = 0;
  std::unique_ptr<log::consumer> consumer_;
  std::map<log::source_partition, standing> owned_;

  reader() = default;

public:
  /// Errors: those of the log.
  static result<std::unique_ptr<reader>> open(const backend::instance& what, log::topic_log& log,
                                              std::vector<port_name> inlets, std::function<void()> on_available);

  [[nodiscard]] const std::vector<port_name>& inlets() const { return inlets_; }
  /// A unique group: every task gets every record, and nothing is committed.
  [[nodiscard]] bool is_broadcast() const { return broadcast_; }
  /// Whether the partition of that number exists; a broadcast reader has something for every task.
  [[nodiscard]] bool feeds(partition_id task) const { return broadcast_ || task.value() < partitions_; }
  [[nodiscard]] std::int32_t partitions() const { return partitions_; }

  /// Gives what came, events included, which are in the books then. Errors: those of the log.
  result<void> poll(log::polled& into);

  [[nodiscard]] bool owns_something() const { return !owned_.empty(); }
  [[nodiscard]] bool owns(log::source_partition source) const { return owned_.contains(source); }
  [[nodiscard]] bool owns(partition_id partition) const;
  /// It owns something, and read all of that to the end of closed topics.
  [[nodiscard]] bool has_read_all() const;

  void pause(log::source_partition source);
  /// Lets partitions go on that are no longer `full`.
  void resume_paused(const std::function<bool(log::source_partition)>& full);
  /// Everything before the positions is done with; commits that for the group.
  void commit(std::span<const log::source_position> positions);
  /// The same has been committed in a transaction.
  void note_committed(std::span<const log::source_position> positions);
  [[nodiscard]] log::group_token token() const { return consumer_->token(); }
  /// The next poll reads anew what the task has read and is not done with; all partitions if this is a broadcast.
  void rewind(partition_id task);

  /// What the group has not read before of an inlet's partitions for this task, all of a broadcast's, begins at their
  /// end as of now, and that is committed. Errors: those of the log.
  result<void> begin_at_end(partition_id task, const port_name& inlet, const log::topic_log& log,
                            const topic_name& topic);

  /// Partitions that another member waits for.
  [[nodiscard]] std::set<partition_id> asked_back() const;
  /// Gives back what is asked back of one partition, behind its last commit.
  void release(partition_id partition);
  result<void> close() { return consumer_->close(); }

private:
  void note(const log::consumer_event& event);
};

} // namespace cloudflow::engine
