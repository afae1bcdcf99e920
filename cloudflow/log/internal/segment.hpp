#pragma once

#include "cloudflow/log/record.hpp"

#include <cstring>
#include <memory>

namespace cloudflow::log::internal {

/// What stands before each record in a segment; key, value and headers follow. Host byte order: a spilled segment is
/// read by the process that wrote it.
struct frame {
  std::uint32_t total = 0; ///< of frame and record, a multiple of 8
  std::int32_t key = -1;   ///< -1: null
  std::int32_t value = -1;
  std::uint32_t headers = 0;
  std::int64_t time = 0;
  std::int64_t offset = 0;

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

/// A piece of a partition in memory. Bytes below `size` never change or move, so that readers look at them without a
/// lock; `size` and `sealed` are guarded by the partition.
struct segment {
  std::unique_ptr<std::byte[]> data;
  std::size_t capacity = 0;
  std::size_t size = 0;
  std::uint64_t begin_cumulated = 0; ///< bytes of the partition before it
  bool sealed = false;

  explicit segment(std::size_t bytes)
      : data(std::make_unique_for_overwrite<std::byte[]>(bytes))
      , capacity(bytes) {}
};

} // namespace cloudflow::log::internal
