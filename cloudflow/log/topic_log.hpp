#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/log/consumer.hpp"
#include "cloudflow/log/producer.hpp"
#include "cloudflow/log/topic.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::log {

/// What an implementation can do, so that the layers above say it (`describe`) and refuse what would not hold.
struct log_capabilities {
  bool transactions = false; ///< records and offsets together; `exactly-once`
  bool durable = false;      ///< what was acknowledged survives the process
  bool closing = false;      ///< writers can be declared and completed, readers complete
};

/// What a group has not read yet.
struct backlog {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

/// How far a group is in one partition.
struct group_progress {
  topic_partition source;
  std::string owner; ///< client id of the member that has it; empty: nobody
  record_offset position;
  std::optional<record_offset> committed;
  log::backlog unread;
};

struct group_description {
  group_name group;
  std::vector<std::string> members; ///< client ids
  std::vector<group_progress> progress;
};

/// One reading of one topic: what a back-pressure watch sums up.
struct topic_reading {
  topic_name topic;
  group_name group;
};

/// Watches the unread backlog of some readings, for streamlets without inlets: they are held while it is above the
/// bound. Ends with its destruction. Thread-safe.
class CLOUDFLOW_API backlog_watch {
public:
  virtual ~backlog_watch() = default;
  /// Cheap. After it answered true, the callback comes once when the backlog has sunk to the bound.
  [[nodiscard]] virtual bool exceeded() = 0;
  [[nodiscard]] virtual backlog unread() const = 0;
};

/// The port through which streamlets meet (DESIGN §4): topics of partitions, groups that share them, commits,
/// transactions. Implementations: `memory_log` and the room `kafka`; both pass `topic_log_contract`.
/// Thread-safe. Calls here may block on a cluster: not for islands. Outlives its producers, consumers and watches.
class CLOUDFLOW_API topic_log {
public:
  virtual ~topic_log() = default;

  [[nodiscard]] virtual log_capabilities capabilities() const = 0;
  /// One line for `describe`: which log, what it promises.
  [[nodiscard]] virtual std::string describe() const = 0;

  /// Errors: `already_exists`, `invalid_argument` (no partition, more than 10,000, bad name).
  virtual result<void> create_topic(const topic_spec& spec) = 0;
  /// Errors of these: `not_found`.
  virtual result<topic_description> describe_topic(const topic_name& topic) const = 0;
  virtual result<void> remove_topic(const topic_name& topic) = 0;
  /// Grows the topic to `total` partitions. Errors: `invalid_argument` if that is fewer than now.
  virtual result<void> add_partitions(const topic_name& topic, std::int32_t total) = 0;
  virtual result<partition_offsets> offsets(const topic_partition& of) const = 0;
  /// The first offset whose record is not older; none if there is none.
  virtual result<std::optional<record_offset>> offset_at(const topic_partition& of, timestamp time) const = 0;
  [[nodiscard]] virtual result<std::vector<topic_name>> topics() const = 0;

  /// Errors: `unsupported` for a transactional id without `capabilities().transactions`.
  virtual result<std::unique_ptr<producer>> open_producer(producer_options options) = 0;
  /// Errors: `not_found`, `invalid_argument`, `incompatible` (partition counts differ).
  virtual result<std::unique_ptr<consumer>> open_consumer(consumer_options options) = 0;

  /// What a group has read and committed, also while it has no member. Errors: `not_found`.
  virtual result<group_description> describe_group(const group_name& group) const = 0;
  [[nodiscard]] virtual result<std::vector<group_name>> groups() const = 0;
  /// Sets a group's positions while it has no member (`replay`). Errors: `conflict` while it has one.
  virtual result<void> reset_group(const group_name& group, const topic_partition& source, record_offset to) = 0;

  /// Says that `group` will read the topics, so that `cleanup_policy::consumed` keeps records for it from now on.
  /// Declare readers before the first writer starts. No effect on Kafka.
  virtual result<void> declare_reader(const group_name& group, std::span<const topic_name> topics) = 0;
  /// Says that `writer` writes to the topic. Declared before it starts; again after a restart without effect.
  /// Errors of both: `unsupported` without `capabilities().closing`, `not_found`, `closed`.
  virtual result<void> declare_writer(const topic_name& topic, std::string_view writer) = 0;
  /// The writer will send nothing more. When the last declared one says so the topic is closed.
  virtual result<void> complete_writer(const topic_name& topic, std::string_view writer) = 0;

  /// `on_sunk`: see `backlog_watch::exceeded`. Thread: any, never under a lock; must be quick and must not call the
  /// log. A reading whose topic or group does not exist (yet) counts as empty.
  virtual result<std::unique_ptr<backlog_watch>>
  watch_backlog(std::vector<topic_reading> readings, std::uint64_t bound_bytes, std::function<void()> on_sunk) = 0;
};

} // namespace cloudflow::log
