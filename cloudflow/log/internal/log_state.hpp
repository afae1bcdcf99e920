#pragma once

#include "cloudflow/log/internal/group.hpp"
#include "cloudflow/log/internal/journal.hpp"
#include "cloudflow/log/internal/session.hpp"
#include "cloudflow/log/memory_log.hpp"

#include <shared_mutex>
#include <unordered_map>

namespace cloudflow::log::internal {

class watch_state;

/// Topics, groups, watches and producers of one log. Thread-safe. Order of locks: session, groups, topics, topic,
/// partition, wakers; the store and callbacks are called under none but, where rare, the partition's.
class log_state {
public:
  log_state(const clock_source& clock, memory_log_options options, std::unique_ptr<journal> journal = nullptr);

  const clock_source& clock;
  const memory_log_options options;
  const std::unique_ptr<internal::journal> journal; ///< none: nothing survives the process
  /// Finds what the journal has; before anybody uses the log.
  result<void> recover();
  /// Notes positions of a group in the journal. Under `groups_mutex`.
  struct noted_position {
    const reading* of;
    std::int32_t partition;
    std::int64_t next;
  };
  void note_positions(const group_name& group, std::span<const noted_position> positions,
                      store::write_batch& into) const;

  [[nodiscard]] result<std::shared_ptr<topic_state>> topic(const topic_name& name) const;
  result<void> create(const topic_spec& spec);
  result<void> remove(const topic_name& name);
  result<void> add_partitions(const topic_name& name, std::int32_t total);
  [[nodiscard]] std::vector<std::shared_ptr<topic_state>> topics() const;

  std::mutex groups_mutex;
  std::map<group_name, std::shared_ptr<group>> groups; ///< guarded by `groups_mutex`
  std::atomic<std::uint64_t> topology{0};              ///< counts changes of groups and topics
  [[nodiscard]] std::uint64_t new_id() { return ids_.fetch_add(1) + 1; }

  /// Under `groups_mutex`: lets go of what no group holds any more.
  void forget_read(const reading& moved, std::int32_t partition_index);
  void forget_observer(const group& g);

  /// A writer was refused.
  void note_refusal(const std::shared_ptr<waker>& w);
  /// Something was forgotten: calls the refused writers if there is room.
  void note_room(wake_list& wakes);
  /// The slowest group of a topic, for messages.
  [[nodiscard]] std::string slowest_reader(const topic_state& of);

  /// A new owner of the transactional id; the one before is fenced.
  result<std::shared_ptr<transactional_session>> open_session(const std::string& id, std::chrono::milliseconds timeout);
  /// A transaction is to end by then.
  void note_deadline(std::chrono::nanoseconds deadline) noexcept;
  /// Aborts transactions that have taken too long. Cheap when there are none. Under no lock.
  void expire_transactions();

  void add_watch(const std::shared_ptr<watch_state>& w);
  void remove_watch(const std::shared_ptr<watch_state>& w);
  std::atomic<int> armed_watches{0};
  /// After readers moved on.
  void check_watches(wake_list& wakes);

private:
  result<void> recover_topics();
  result<void> recover_groups();
  result<void> erase_topic(std::uint32_t uid);

  std::shared_ptr<spill_budget> budget_;
  mutable std::shared_mutex topics_mutex_;
  std::map<topic_name, std::shared_ptr<topic_state>> topics_;
  std::uint32_t next_uid_ = 1;
  std::atomic<std::uint64_t> ids_{0};
  struct transactional_id {
    std::uint64_t epoch = 0;
    std::shared_ptr<transactional_session> owner; // owners: the log and its producer
  };
  std::mutex sessions_mutex_; // before all others
  std::map<std::string, transactional_id> sessions_;
  std::atomic<std::int64_t> deadline_{INT64_MAX}; // the first of a transaction, or earlier
  std::mutex refused_mutex_;
  std::vector<std::shared_ptr<waker>> refused_;
  std::atomic<bool> any_refused_{false};
  std::uint64_t released_at_refusal_ = 0;
  std::mutex watches_mutex_;
  std::vector<std::shared_ptr<watch_state>> watches_;
};

/// What a `backlog_watch` sees. Thread-safe.
class watch_state {
  log_state& log_;
  const std::vector<topic_reading> wanted_;
  const std::uint64_t bound_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<reading>> found_;
  std::uint64_t topology_ = ~std::uint64_t{0};
  std::atomic<bool> armed_{false};

  void find();

public:
  const std::shared_ptr<waker> wake;
  watch_state(log_state& log, std::vector<topic_reading> wanted, std::uint64_t bound, std::function<void()> on_sunk)
      : log_(log)
      , wanted_(std::move(wanted))
      , bound_(bound)
      , wake(std::make_shared<waker>(std::move(on_sunk))) {}
  [[nodiscard]] backlog unread();
  [[nodiscard]] bool exceeded();
  void check(wake_list& wakes);
  void disarm();
};

result<std::unique_ptr<consumer>> open_consumer(std::shared_ptr<log_state> log, consumer_options options);
result<std::unique_ptr<producer>> open_producer(std::shared_ptr<log_state> log, producer_options options);

} // namespace cloudflow::log::internal
