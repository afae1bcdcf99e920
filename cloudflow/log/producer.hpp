#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/log/consumer.hpp"
#include "cloudflow/log/record.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>

namespace cloudflow::log {

/// Where a batch went: the offset of its last record in each partition that it touched.
struct delivered {
  partition_id partition;
  record_offset last;
};

/// Says that a batch is in the log, or why not (then nothing of it can be relied on). The span is borrowed for the
/// call. Thread: any, possibly before `send` has returned; never under a lock of the log.
using delivery_callback = std::function<void(const result<std::span<const delivered>>&)>;
using completion_callback = std::function<void(const result<void>&)>;

struct producer_options {
  std::string client_id{};
  /// Not empty: a transactional producer. An older producer with the same id is fenced. Nothing may be sent outside a
  /// transaction then.
  std::string transactional_id{};
  /// A transaction that is not ended by then is aborted and its producer fenced, so that a hanging one does not hold up
  /// `read_committed` readers for ever. By the log's clock.
  std::chrono::milliseconds transaction_timeout{10'000};
  /// After a `send` was refused with `limit_exceeded`, retriable: there may be room again. Thread: any.
  std::function<void()> on_room{};
};

/// Appends to one topic. Confined to its island. Must not outlive its producer.
class CLOUDFLOW_API topic_writer {
public:
  virtual ~topic_writer() = default;
  /// Takes all of `records` or none; copies what it takes. Never blocks. Order: records of one writer for one partition
  /// keep their order. A batch without keys and partitions goes to one partition, the next batch to the next.
  /// Errors: `limit_exceeded` (retriable: the log is full, `on_room` follows; else: a record is larger than the topic
  /// allows), `closed` (all declared writers completed), `fenced`, `invalid_argument` (no such partition),
  /// `conflict` (transactional producer outside a transaction).
  virtual result<void> send(std::span<const outgoing_record> records, delivery_callback done = {}) = 0;
  [[nodiscard]] virtual std::int32_t partitions() const = 0;
};

/// Appends records and, where the log can, makes records and offsets of several groups one transaction (KIP-447).
/// Thread-safe: one transactional producer serves the tasks of a process. Calls of a transaction come from one owner at
/// a time; callbacks as `delivery_callback`.
class CLOUDFLOW_API producer {
public:
  virtual ~producer() = default;

  /// Errors: `not_found`.
  virtual result<std::unique_ptr<topic_writer>> open(const topic_name& topic) = 0;
  /// Calls back when everything sent before has been acknowledged; with the first error if a batch failed.
  virtual void flush(completion_callback done) = 0;

  /// Errors of the four: `unsupported` (see `log_capabilities::transactions`), `conflict` (no transactional id; none or
  /// one already open; after a commit that failed all but `abort`), `fenced`, not retriable (a newer producer has the
  /// id, or the transaction timed out: this producer is finished). Destroying a producer is its crash: what it has open
  /// is aborted, at the latest when its time is over.
  virtual result<void> begin() = 0;
  /// Adds a group's committed positions to the transaction. `owner` is the group's as of now: a member that lost its
  /// partitions since is refused with `fenced` at the commit. Call once per group.
  virtual result<void> send_offsets(const group_token& owner, std::span<const source_position> positions) = 0;
  /// Records and offsets take effect together, or none do: then the error says whether to abort (`retriable`) or to
  /// end. While it is open its records are seen by `read_uncommitted` readers only.
  virtual void commit(completion_callback done) = 0;
  virtual void abort(completion_callback done) = 0;
};

} // namespace cloudflow::log
