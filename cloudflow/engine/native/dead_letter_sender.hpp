#pragma once

#include "cloudflow/engine/native/task_set.hpp"
#include "cloudflow/native/dead_letters.hpp"

#include <atomic>
#include <deque>
#include <map>
#include <memory>

namespace cloudflow::engine {

/// Writes the dead letters of one instance to their topics. Confined to the loop's turns but for the log's
/// acknowledgements.
class dead_letter_sender {
  struct flight {
    std::atomic<std::size_t> unacknowledged{0};
    std::atomic<bool> failed{false};
  };
  std::shared_ptr<instance_services> services_;                 // owners: loop, tasks, this
  std::shared_ptr<flight> flight_ = std::make_shared<flight>(); // owners: this and the log's callbacks
  std::map<port_name, std::unique_ptr<log::topic_writer>> writers_;
  std::deque<std::pair<port_name, native::dead_letter>> waiting_;

public:
  explicit dead_letter_sender(std::shared_ptr<instance_services> services)
      : services_(std::move(services)) {}

  /// What lies before the cut of a commit.
  void take(const task_set& tasks, stream::commit_id n);
  /// All that is there.
  void take(const task_set& tasks);
  /// False while the log has no room. Errors: those of the log.
  result<bool> send();
  /// Everything that was taken is in the log. Errors: something is not.
  [[nodiscard]] result<bool> settled() const;

private:
  void add(const port_name& inlet, std::vector<native::dead_letter> letters);
};

} // namespace cloudflow::engine
