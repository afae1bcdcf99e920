#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/log/internal/segment.hpp"
#include "cloudflow/log/internal/waker.hpp"
#include "cloudflow/log/topic.hpp"
#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/store/byte_store.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace cloudflow {
class counter;
}

namespace cloudflow::log::internal {

class journal;

/// What the partitions of all topics share: the store and its bound.
struct spill_budget {
  store::byte_store* store = nullptr;
  std::uint64_t bound = 0;
  std::atomic<std::uint64_t> used{0};
  std::atomic<std::uint64_t> released{0}; ///< counts segments that were let go of
};

/// How many bytes a segment of the topic has once its partition has grown.
std::size_t full_segment(const topic_spec& spec);

/// What the partitions of one topic share. `spec` is immutable, the rest atomic.
struct topic_shared {
  topic_spec spec;
  std::uint32_t uid = 0;
  std::uint64_t unread_kept = 0;
  std::shared_ptr<segment_pool> segments; ///< two spare ones for each partition
  spill_budget* budget = nullptr;
  internal::journal* journal = nullptr; ///< none: nothing of the topic survives the process
  /// As `spec` says, but that a durable topic follows its retention also where it would go when it is consumed.
  cleanup_policy cleanup = cleanup_policy::retain;
  std::atomic<std::uint64_t> memory{0};
  std::atomic<int> readers{0}; ///< groups that hold records of it
  counter* records_in = nullptr;
  counter* bytes_in = nullptr;
  counter* records_out = nullptr;
  counter* bytes_out = nullptr;
  counter* dropped = nullptr;
  counter* spilled = nullptr;
};

/// A reader's place. Confined to its consumer.
struct read_cursor {
  std::int64_t next = 0;
  std::shared_ptr<segment> at; ///< owners: the partition until it forgets it, and those who read it
  std::size_t position = 0;
  std::uint64_t cumulated = 0;   ///< bytes of the partition before `next`
  std::uint64_t compactions = 0; ///< of the partition, when `at` was found

  void jump(std::int64_t to) {
    next = to;
    at.reset();
    position = 0;
  }
};

enum class fetched {
  at_end,
  held, ///< likewise, but there is more behind an open transaction
  more,
  out_of_range
};

/// The records of one partition: segments in memory, older ones in the store. Thread-safe.
class partition {
public:
  partition(topic_shared& topic, std::int32_t index);
  ~partition();

  /// Appends `records[i]` for each i of `picked`, which the caller has checked, as part of the transaction unless that
  /// is 0. Gives the last offset.
  std::int64_t append(std::span<const outgoing_record> records, std::span<const std::uint32_t> picked, timestamp now,
                      std::uint64_t transaction, wake_list& wakes);
  /// The same in two steps, so that what several partitions got goes to the store in one batch: `stage`, write the
  /// batch, then `publish`, or `take_back`. Nobody sees the records in between; the partition is held.
  class staged;
  staged stage(std::span<const outgoing_record> records, std::span<const std::uint32_t> picked, timestamp now,
               store::write_batch& into);
  /// Lets go of the partition. Gives the last offset.
  std::int64_t publish(staged& held, wake_list& wakes);
  /// When no partition is held any more.
  void settle(const staged& done);
  void take_back(staged& held);

  /// Appends the marker behind which the transaction's records are visible, or gone. Nothing if it has none here.
  void end_transaction(std::uint64_t transaction, bool committed, wake_list& wakes);
  /// The same in three steps, likewise.
  [[nodiscard]] std::unique_lock<std::mutex> hold() { return std::unique_lock(mutex_); }
  void prepare_end(std::uint64_t transaction, bool committed, store::write_batch& into);
  void apply_end(std::uint64_t transaction, bool committed, wake_list& wakes);
  [[nodiscard]] std::pair<std::uint32_t, std::int32_t> order() const noexcept { return {topic_.uid, index_}; }

  /// Finds what the journal has of it; before anybody uses it.
  result<void> recover();
  /// Somebody has read up to there: no later record gets a smaller offset.
  void raise_next(std::int64_t to);

  result<fetched> fetch(read_cursor& at, source_partition source, isolation level, std::size_t& records_left,
                        std::size_t& bytes_left, record_batch& into);

  [[nodiscard]] std::int64_t first() const;
  [[nodiscard]] std::int64_t next() const noexcept { return next_.load(std::memory_order_acquire); }
  /// The first offset of an open transaction, else `next`: `read_committed` readers see what lies before.
  [[nodiscard]] std::int64_t last_stable() const noexcept {
    return std::min(next(), open_first_.load(std::memory_order_acquire));
  }
  [[nodiscard]] std::int64_t end_for(isolation level) const noexcept {
    return level == isolation::read_committed ? last_stable() : next();
  }
  [[nodiscard]] std::uint64_t cumulated() const noexcept { return cumulated_.load(std::memory_order_seq_cst); }
  /// Bytes of the partition before that offset.
  [[nodiscard]] result<std::uint64_t> cumulated_before(std::int64_t offset);
  [[nodiscard]] result<std::optional<std::int64_t>> offset_at(std::int64_t time);

  /// All readers are past `offset`.
  void forget_before(std::int64_t offset);
  void apply_retention(timestamp now);
  result<void> compact(timestamp now);
  /// Moves the oldest segment that is still in memory and full to the store; false if there is none or no room.
  result<bool> spill_one();
  [[nodiscard]] std::size_t sealed_in_memory() const;

  void add_waker(const std::shared_ptr<waker>& w);
  void remove_waker(const std::shared_ptr<waker>& w);
  void wake_all(wake_list& wakes);

private:
  struct slot {
    std::uint64_t id = 0; // names it in the store; never used again
    std::int64_t base = 0, next = 0;
    std::uint64_t count = 0;
    std::size_t bytes = 0;
    std::int64_t max_time = INT64_MIN;
    std::uint64_t begin_cumulated = 0;
    std::shared_ptr<segment> data; // none: in the store
    std::weak_ptr<segment> loaded; // read back by somebody
    aborted_list aborted;
    bool stored = false; // counted in the budget
    bool spilling = false;
    bool indexed = false; // the journal knows of it
  };
  // Bytes of an open transaction that the journal does not have yet.
  struct unsaved {
    std::shared_ptr<segment> in; // owners: this, the slot, readers
    std::size_t begin, end;
    std::int64_t first;
  };
  struct open_transaction {
    std::int64_t first = 0;
    std::vector<unsaved> records; // with a journal only
    bool saved = false;           // some of it is in the journal
  };
  struct written {
    std::int64_t next = 0;
    std::uint64_t cumulated = 0, payload = 0;
    bool rolled = false;
  };
  // What a slot and its partition were before an append.
  struct mark {
    std::size_t slots = 0;
    std::size_t size = 0, bytes = 0;
    std::int64_t next = 0, max_time = 0;
    std::uint64_t count = 0, cumulated = 0, retained = 0;
    bool sealed = false;
  };

  [[nodiscard]] slot new_slot(std::int64_t base, std::size_t capacity, std::uint64_t begin_cumulated);
  void add_segment(std::int64_t base, std::size_t at_least);
  [[nodiscard]] bool fits(std::size_t bytes) const {
    return !slots_.empty() && slots_.back().data && !slots_.back().data->sealed &&
           slots_.back().data->size + bytes <= slots_.back().data->capacity;
  }
  written write_records(std::span<const outgoing_record> records, std::span<const std::uint32_t> picked, timestamp now,
                        std::uint64_t transaction);
  void show(const written& done, wake_list& wakes);
  std::int64_t append_open(std::span<const outgoing_record> records, std::span<const std::uint32_t> picked,
                           timestamp now, std::uint64_t transaction, wake_list& wakes);
  void clean_up(timestamp now);
  /// After an append, without the lock.
  void account(const written& done, std::size_t records, timestamp now);
  void write(slot& to, const frame& f, std::span<const bytes_view> parts);
  void mark_aborted(std::uint64_t transaction, std::int64_t first, std::int64_t last);
  void note_open();
  result<std::uint64_t> cumulated_below(std::int64_t offset);
  void drop_front();
  void release(slot& s);
  void raise_first(std::int64_t to);
  [[nodiscard]] mark mark_now() const;
  template <class F> void for_each_region(const mark& before, F&& visit) const;
  void index_sealed(store::write_batch& into);
  void put_head(store::write_batch& into, std::int64_t next) const;
  /// What lies before the first slot goes from the journal.
  void forget_in_journal();
  [[nodiscard]] bytes index_of(const slot& s) const;
  result<void> save_open(const slot& s);
  result<void> save_compacted(std::deque<slot>& fresh, std::int64_t to);
  void add_recovered(slot s);
  result<void> recover_chunks(std::int64_t from, std::int64_t to, store::write_batch& into);
  result<void> recover_transactions(store::write_batch& into);
  result<std::shared_ptr<segment>> load_chunks(const slot& s) const;
  [[nodiscard]] slot* slot_of(std::int64_t offset);
  [[nodiscard]] bytes key_of(const slot& s) const;
  result<std::shared_ptr<segment>> load(const slot& s) const;
  result<std::shared_ptr<segment>> bytes_of(slot& s);

  topic_shared& topic_;
  const std::int32_t index_;
  const std::size_t segment_bytes_;
  mutable std::mutex mutex_;
  std::deque<slot> slots_; // the last one is written to
  std::uint64_t next_slot_ = 0;
  // What each fetch looks at lies together.
  std::int64_t first_ = 0;
  std::atomic<std::int64_t> next_{0};
  std::atomic<std::int64_t> open_first_{INT64_MAX};
  std::uint64_t compactions_ = 0; // a cursor that was made before one must look for its segment again
  std::atomic<std::uint64_t> cumulated_{0};
  std::uint64_t retained_bytes_ = 0;
  std::uint64_t compacted_bytes_ = 0;              // after the last compaction
  std::map<std::uint64_t, open_transaction> open_; // those with records here
  std::vector<std::shared_ptr<waker>> wakers_;
};

template <class F> void partition::for_each_region(const mark& before, F&& visit) const {
  for (auto i = std::max<std::size_t>(before.slots, 1) - 1; i < slots_.size(); ++i) {
    const auto begin = i + 1 == before.slots ? before.size : 0;
    const auto& s = slots_[i];
    if (s.data && s.data->size > begin) visit(s, begin, s.data->size);
  }
}

/// An append on its way into the store; holds the partition.
class partition::staged {
  friend class partition;
  std::unique_lock<std::mutex> lock_;
  mark before_;
  written done_;
  std::size_t records_ = 0;
  timestamp now_;
};

} // namespace cloudflow::log::internal
