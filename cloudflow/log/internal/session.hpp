#pragma once

#include "cloudflow/log/internal/topic_state.hpp"
#include "cloudflow/log/producer.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cloudflow::log::internal {

class log_state;

/// One owner of a transactional id and the transaction it is in. A newer owner of the id, or the end of the time that a
/// transaction may take, finishes it for good: then each call answers `fenced`. Thread-safe. Its mutex comes before all
/// others of the log.
class transactional_session {
public:
  transactional_session(log_state& log, std::string id, std::uint64_t epoch, std::chrono::milliseconds timeout);

  /// A stay in the open transaction: it cannot end meanwhile.
  class stay {
    std::unique_lock<std::mutex> lock_;
    transactional_session& session_;

  public:
    stay(std::unique_lock<std::mutex> lock, transactional_session& session)
        : lock_(std::move(lock))
        , session_(session) {}
    [[nodiscard]] std::uint64_t transaction() const noexcept { return session_.number_; }
    /// Before the transaction's first record in the partition. False: the writers of the topic completed.
    [[nodiscard]] bool touch(const std::shared_ptr<topic_state>& topic, partition& part);
  };
  /// Errors: `fenced`, `conflict` (no transaction is open, or it must be aborted).
  result<stay> enter();

  result<void> begin();
  result<void> add_offsets(const group_token& owner, std::span<const source_position> positions);
  result<void> commit();
  result<void> abort();
  /// Aborts what is open; there is nothing more to come from its producer.
  void finish(std::string why, wake_list& wakes);
  /// Finishes it if its transaction has taken too long. Gives the time at which to look again.
  std::optional<std::chrono::nanoseconds> expire(std::chrono::nanoseconds now, wake_list& wakes);

private:
  enum class stage { idle, open, failed };
  struct offsets {
    group_token owner;
    std::uint64_t member = 0;
    std::vector<source_position> positions;
  };

  [[nodiscard]] result<void> alive() const;
  [[nodiscard]] result<void> is_open(const char* what) const;
  result<void> check(const offsets& wanted) const;
  void apply(const offsets& checked);
  /// Writes what has to survive, then does it. Errors: the journal's; then nothing has happened.
  result<void> end_partitions(bool committed, wake_list& wakes);
  result<void> end_in_journal(bool committed, wake_list& wakes);
  void roll_back(wake_list& wakes);

  log_state& log_;
  const std::string id_;
  const std::uint64_t epoch_;
  const std::chrono::milliseconds timeout_;
  std::mutex mutex_;
  stage stage_ = stage::idle;
  std::optional<std::string> finished_; // why
  std::uint64_t number_ = 0;
  std::chrono::nanoseconds deadline_{0};
  struct part {
    partition* at;
    topic_state* topic;
  };
  std::vector<part> partitions_;
  std::vector<std::shared_ptr<topic_state>> topics_; // owners: the log and who uses the topic; with what they contain
  std::vector<offsets> offsets_;
};

} // namespace cloudflow::log::internal
