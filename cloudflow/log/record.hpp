#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/log/headers.hpp"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace cloudflow::log {

/// One partition of one of the topics that a consumer reads. `topic` counts in the order of `consumer_options::topics`.
struct source_partition {
  std::uint32_t topic = 0;
  partition_id partition;
  friend auto operator<=>(const source_partition&, const source_partition&) = default;
};

/// A place in a source: the offset of the record that is read next. What is committed is such a place too: the offset
/// after the last record that is done (N + 1).
struct source_position {
  source_partition source;
  record_offset next;
  friend auto operator<=>(const source_position&, const source_position&) = default;
};

/// A record as a consumer sees it. Borrows from the `record_batch` it came with. Immutable.
struct record_view {
  source_partition source;
  record_offset offset;
  timestamp time;
  std::optional<bytes_view> key;   ///< none: the null key
  std::optional<bytes_view> value; ///< none: a tombstone
  header_list headers;
};

/// A record to append. Borrows until `topic_writer::send` returns.
struct outgoing_record {
  std::optional<bytes_view> key{};   ///< none: partitions in turn, a batch at a time
  std::optional<bytes_view> value{}; ///< none: a tombstone
  header_list headers{};
  std::optional<timestamp> time{};         ///< none: now, by the log's clock
  std::optional<partition_id> partition{}; ///< none: by key, as `murmur2_partition` says
};

/// Records that neighbour each other in one partition, without a gap in their offsets.
struct record_run {
  source_partition source;
  std::uint32_t first = 0; ///< index into `record_batch::records()`
  std::uint32_t count = 0;
};

/// Records of one poll and the memory they lie in. Copies share that memory, which lives as long as one of them.
/// Reuse one object for all polls: then a poll does not allocate. Confined to its owner; copies may live elsewhere.
class record_batch {
  std::vector<record_view> records_;
  std::vector<std::shared_ptr<const void>> memory_; // owners: this batch, its copies, the log's segment

public:
  [[nodiscard]] std::span<const record_view> records() const noexcept { return records_; }
  [[nodiscard]] std::size_t size() const noexcept { return records_.size(); }
  [[nodiscard]] bool empty() const noexcept { return records_.empty(); }
  [[nodiscard]] auto begin() const noexcept { return records_.begin(); }
  [[nodiscard]] auto end() const noexcept { return records_.end(); }
  const record_view& operator[](std::size_t i) const noexcept { return records_[i]; }

  /// Cuts the records into runs, in order.
  template <class F> void for_each_run(F&& f) const {
    std::uint32_t first = 0;
    const auto n = static_cast<std::uint32_t>(records_.size());
    for (std::uint32_t i = 1; i <= n; ++i) {
      if (i < n && records_[i].source == records_[first].source &&
          records_[i].offset.value() == records_[i - 1].offset.value() + 1)
        continue;
      f(record_run{records_[first].source, first, i - first});
      first = i;
    }
  }

  void clear() noexcept {
    records_.clear();
    memory_.clear();
  }
  /// For implementations of the port: adds a record, and what keeps the bytes of the records added so far alive.
  void add(const record_view& record) { records_.push_back(record); }
  void keep_alive(std::shared_ptr<const void> memory) { memory_.push_back(std::move(memory)); }
  void reserve(std::size_t records) { records_.reserve(records); }
};

} // namespace cloudflow::log
