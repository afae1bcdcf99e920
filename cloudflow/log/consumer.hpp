#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/log/record.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace cloudflow::log {

/// Where reading starts when a source has no committed position, or when the committed one is no longer in the log.
enum class offset_reset {
  earliest, ///< the oldest record there is
  latest,   ///< what is appended from now on
  fail      ///< the poll answers `out_of_range`, until a seek
};

/// Who gets which partitions.
enum class membership {
  group,          ///< the members of `group` share the partitions
  all_partitions, ///< a reader of its own that gets every partition, also those added later; commits nothing
  chosen          ///< a reader of its own that gets `consumer_options::partitions`; commits nothing
};

enum class isolation { read_committed, read_uncommitted };

struct consumer_options {
  /// Co-partitioned topics: who owns partition i of the first owns partition i of all. Equal partition counts.
  std::vector<topic_name> topics;
  log::membership membership = log::membership::group;
  /// A reader of its own may have a name too: then what it has not read is kept for it (`cleanup_policy::consumed`).
  /// Without one it only looks on.
  group_name group{};
  std::vector<partition_id> partitions{}; ///< for `membership::chosen`
  offset_reset reset = offset_reset::earliest;
  log::isolation isolation = log::isolation::read_committed;
  std::string client_id{}; ///< shown in descriptions and messages
  /// Says that a poll may give something. Called once after a poll that left nothing (`polled::more` false), when news
  /// comes; may be called in vain. Not called before the first poll: a new consumer is `ready`. Thread: any, never
  /// under a lock of the log; must be quick and must not call the log.
  std::function<void()> on_available{};
};

enum class consumer_event_kind {
  /// Own from now on. Records of them come with later polls, so there is time to pause, seek or restore.
  assigned,
  /// Another member is to have them. No more records of them come. Finish what is in flight, commit, then call
  /// `release`. Until then the other member waits.
  revoking,
  /// Gone already (fenced, session over, topic removed): commits for them are refused. Drop what is in flight.
  lost,
  /// Read to the end that is known now. Comes again after each time new records were read to the end.
  end_of_partition,
  /// Read to the end of a closed topic: nothing will ever come again.
  completed
};

struct consumer_event {
  consumer_event_kind kind;
  /// For `assigned` with the offset to be read next, for the others with the position reached.
  std::vector<source_position> positions;
};

struct poll_limits {
  std::size_t max_records = 1024;
  std::size_t max_bytes = 1 << 20; ///< keys, values and headers; one record is given even if it is larger
};

/// What a poll gives. Keep one object and hand it in each time: then a poll without events does not allocate.
struct polled {
  record_batch records;
  std::vector<consumer_event> events;
  bool more = false; ///< the limits cut it: poll again, no wake-up will come

  void clear() noexcept {
    records.clear();
    events.clear();
    more = false;
  }
};

/// Who a member of a group is, now: what a transaction needs to commit the group's positions (KIP-447). Value.
struct group_token {
  group_name group;
  std::vector<topic_name> topics; ///< what `source_partition::topic` counts in
  std::string member{};
  std::int64_t generation = 0;
  bytes opaque{}; ///< what else the cluster wants to see
};

using commit_callback = std::function<void(const result<void>&)>;

/// Reads topics. Confined to its island; only `ready` may be called from any thread. Destroying it without `close` is
/// a crash of the member: the others take over from the committed positions.
class CLOUDFLOW_API consumer {
public:
  virtual ~consumer() = default;

  /// Clears `into` and fills it with what is there. Never blocks. Order per partition; partitions take turns.
  /// Errors: `out_of_range` (`offset_reset::fail`, with the source and the offset in the message), `closed` (after
  /// `close`), `fenced`, `io_error` and `corrupt` (the store); events that came before it are in `into`.
  virtual result<void> poll(poll_limits limits, polled& into) = 0;
  /// Whether a poll may give something. Thread-safe, cheap.
  [[nodiscard]] virtual bool ready() const noexcept = 0;

  /// Gives back what `revoking` named. Errors: `invalid_argument` if one of them is not being revoked.
  virtual result<void> release(std::span<const source_partition> sources) = 0;

  /// Remembers the positions for the group. Errors (by the callback): `fenced` if a source is not owned any more,
  /// `unsupported` for readers without a group.
  virtual void commit(std::span<const source_position> positions, commit_callback done = {}) = 0;

  /// The offset that is read next. Errors of these: `invalid_argument` if the source is not assigned.
  virtual result<record_offset> position(source_partition source) const = 0;
  /// What the group has committed; none: nothing yet.
  virtual result<std::optional<record_offset>> committed(source_partition source) const = 0;
  /// Records between the position and the end that this reader may see (last stable offset).
  virtual result<std::uint64_t> lag(source_partition source) const = 0;

  /// The next poll reads from there. An offset outside the log is treated as `reset` says.
  virtual result<void> seek(source_partition source, record_offset to) = 0;
  /// The next poll reads the first record whose time is not before `to`; the end if there is none.
  virtual result<void> seek(source_partition source, timestamp to) = 0;
  /// A paused source gives no records; its ownership stays.
  virtual result<void> pause(std::span<const source_partition> sources) = 0;
  virtual result<void> resume(std::span<const source_partition> sources) = 0;

  [[nodiscard]] virtual std::vector<source_partition> assignment() const = 0;
  [[nodiscard]] virtual group_token token() const = 0;

  /// Leaves the group at once. What is not committed will be read again.
  virtual result<void> close() = 0;
};

} // namespace cloudflow::log
