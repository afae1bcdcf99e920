#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/log/topic_log.hpp"

#include <cstdint>
#include <memory>

namespace cloudflow::store {
class byte_store;
}

namespace cloudflow::log {

struct memory_log_options {
  /// Where segments go that do not fit into a topic's memory. Outlives the log; its owner decides where it lies. None:
  /// everything stays in memory, and `max_spilled_bytes` bounds what lies beyond the topics' own bounds.
  store::byte_store* spill = nullptr;
  std::uint64_t max_spilled_bytes = std::uint64_t{4} << 30; ///< of all topics together
  /// Records per partition that a topic of `cleanup_policy::consumed` keeps while nobody reads it.
  std::uint64_t unread_records_kept = 1000;
  metric_registry* metrics = nullptr; ///< outlives the log
  /// The truth of a durable log (`memory_log::open`), what `--data-dir` names: topics, records, positions, writers and
  /// transactional ids are in it before they are acknowledged, and memory only holds what was used last. Topics follow
  /// their retention then, `consumed` ones too. Outlives the log; keys that do not begin with 'l' are free for others.
  store::byte_store* durable = nullptr;
  /// Acknowledge only what survives a loss of power. Without it what is acknowledged survives the death of the process
  /// (kill -9), because the operating system has it.
  bool sync = false;
  /// Look at a durable log that another process may have open (the store is opened to read only, too): topics, records
  /// and positions as they were when it was opened. What would change something is `unsupported`.
  bool read_only = false;
};

/// The log in one process: sandbox, tests, simulation. A full topic never blocks its writer: old segments go to the
/// store. Starts no thread, never sleeps: work is done in its callers' calls, wakers are called outside its locks.
/// Transactions as Kafka has them: records go to their partitions at once and count from the commit on; the marker that
/// ends a transaction takes an offset, so readers see gaps. Thread-safe as the port says.
class CLOUDFLOW_API memory_log final : public topic_log {
public:
  /// `clock` outlives the log.
  explicit memory_log(const clock_source& clock, memory_log_options options = {});
  /// The same, and the only way to a durable log: finds what `options.durable` has. Errors: `incompatible` (written by
  /// a newer version), `corrupt` (damaged, or not a log's), `not_found` (nothing there to read only), the store's.
  static result<std::unique_ptr<memory_log>> open(const clock_source& clock, memory_log_options options);
  ~memory_log() override;

  [[nodiscard]] log_capabilities capabilities() const override;
  [[nodiscard]] std::string describe() const override;
  result<void> create_topic(const topic_spec& spec) override;
  result<topic_description> describe_topic(const topic_name& topic) const override;
  result<void> remove_topic(const topic_name& topic) override;
  result<void> add_partitions(const topic_name& topic, std::int32_t total) override;
  result<partition_offsets> offsets(const topic_partition& of) const override;
  result<std::optional<record_offset>> offset_at(const topic_partition& of, timestamp time) const override;
  [[nodiscard]] result<std::vector<topic_name>> topics() const override;
  result<std::unique_ptr<producer>> open_producer(producer_options options) override;
  result<std::unique_ptr<consumer>> open_consumer(consumer_options options) override;
  result<group_description> describe_group(const group_name& group) const override;
  [[nodiscard]] result<std::vector<group_name>> groups() const override;
  result<void> reset_group(const group_name& group, const topic_partition& source, record_offset to) override;
  result<void> declare_reader(const group_name& group, std::span<const topic_name> topics) override;
  result<void> declare_writer(const topic_name& topic, std::string_view writer) override;
  result<void> complete_writer(const topic_name& topic, std::string_view writer) override;
  result<std::unique_ptr<backlog_watch>> watch_backlog(std::vector<topic_reading> readings, std::uint64_t bound_bytes,
                                                       std::function<void()> on_sunk) override;

  /// Applies retention and compaction and ends transactions that have taken too long. The log does the first two by
  /// itself whenever a segment is full, the last when a reader or a producer comes by: an owner that may be idle calls
  /// this now and then.
  void maintain();

private:
  class state;
  explicit memory_log(std::shared_ptr<state> opened);
  std::shared_ptr<state> state_; // owners: the log and its open producers and consumers
};

} // namespace cloudflow::log
