#pragma once

#include "cloudflow/log/topic_log.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>

namespace cloudflow::engine {

/// What one instance has sent since its last commit. With a transactional producer that is a transaction, which begins
/// with the first record: where nothing is sent there is none. Knows whether a writer holds a batch that the log has
/// refused for want of room: that belongs to the commit that is under way. Thread-safe; `over`, `give_up` and the
/// commit itself are the loop's.
class transaction : public std::enable_shared_from_this<transaction> {
  class writer;
  enum class state { none, open, closed };

  log::producer& producer_;
  const bool transactional_;
  const std::function<void()> wake_loop_;
  std::mutex mutex_; // of beginnings and the end
  std::atomic<state> state_{state::none};
  std::atomic<int> refused_{0};
  std::atomic<bool> moved_{false};

public:
  /// `producer` outlives this and its writers.
  transaction(log::producer& producer, bool transactional, std::function<void()> wake_loop);

  /// Errors: those of the log.
  result<std::unique_ptr<log::topic_writer>> open(const topic_name& topic);
  /// What is sent from now on belongs to the transaction: it begins if it has not. Errors: those of the log; `closed`
  /// after `give_up`.
  result<void> join();
  /// The transaction was committed.
  void over();
  /// Nothing is sent any more; what is open is aborted.
  void give_up();

  /// Records of an open transaction.
  [[nodiscard]] bool is_open() const { return transactional_ && state_.load() == state::open; }
  /// A writer holds a batch that the log had no room for.
  [[nodiscard]] bool has_refused() const { return refused_.load() != 0; }
  /// Something was sent or acknowledged: there may be something to commit.
  void note_moved() { moved_.store(true); }
  /// Whether that is so since the last call.
  bool take_moved() { return moved_.exchange(false); }
};

} // namespace cloudflow::engine
