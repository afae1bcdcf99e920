#pragma once

#include "cloudflow/log/internal/segment_memory.hpp"
#include "cloudflow/log/record.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

namespace cloudflow::log::internal {

/// What stands before each record in a segment; key, value and headers follow, then zeros up to a multiple of 8, then,
/// if it is `transactional`, the number of its transaction. Host byte order.
struct frame {
  static constexpr std::uint32_t transactional = 1;
  static constexpr std::uint32_t control = 2; ///< the end of a transaction in this partition: nothing for readers

  std::uint32_t tag = 0; ///< size of frame and record, and in its low three bits the flags
  std::int32_t key = -1; ///< -1: null
  std::int32_t value = -1;
  std::uint32_t headers = 0;
  std::int64_t time = 0;
  std::int64_t offset = 0;

  [[nodiscard]] std::size_t size() const noexcept { return tag & ~std::uint32_t{7}; }
  [[nodiscard]] bool special() const noexcept { return (tag & 7) != 0; }
  [[nodiscard]] bool is_control() const noexcept { return (tag & control) != 0; }
  /// Of a frame that is `special`.
  [[nodiscard]] std::uint64_t transaction(const std::byte* place) const {
    std::uint64_t number = 0;
    std::memcpy(&number, place + size() - sizeof number, sizeof number);
    return number;
  }
  [[nodiscard]] std::size_t payload() const noexcept {
    return (key > 0 ? static_cast<std::size_t>(key) : 0) + (value > 0 ? static_cast<std::size_t>(value) : 0) + headers;
  }
  static frame at(const std::byte* place) {
    frame f;
    std::memcpy(&f, place, sizeof f);
    return f;
  }
  [[nodiscard]] record_view view(const std::byte* place, source_partition source) const {
    const auto* p = place + sizeof(frame);
    record_view r{source, record_offset(offset), timestamp(std::chrono::milliseconds(time)), {}, {}, {}};
    if (key >= 0) {
      r.key = bytes_view(p, static_cast<std::size_t>(key));
      p += key;
    }
    if (value >= 0) {
      r.value = bytes_view(p, static_cast<std::size_t>(value));
      p += value;
    }
    if (headers != 0) r.headers = header_list(bytes_view(p, headers));
    return r;
  }
};

/// Numbers of aborted transactions, ascending. Shared and immutable: an abort makes a new one.
using aborted_list = std::shared_ptr<const std::vector<std::uint64_t>>;

inline bool is_aborted(const aborted_list& list, std::uint64_t transaction) {
  return list && std::binary_search(list->begin(), list->end(), transaction);
}

/// A piece of a partition in memory. Bytes below `size` never change or move, so that readers look at them without a
/// lock; `size`, `sealed` and `aborted` are guarded by the partition.
struct segment {
  segment_memory data;
  std::size_t capacity = 0;
  std::size_t size = 0;
  std::uint64_t begin_cumulated = 0; ///< bytes of the partition before it
  bool sealed = false;
  aborted_list aborted; ///< transactions with records in it; owners: this, its slot, readers

  segment(std::size_t bytes, std::shared_ptr<segment_pool> pool)
      : data(bytes, std::move(pool))
      , capacity(bytes) {}
};

} // namespace cloudflow::log::internal
