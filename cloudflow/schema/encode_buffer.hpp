#pragma once

#include "cloudflow/base/bytes.hpp"

#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

namespace cloudflow::schema {

/// Room for encoded records that grows and never shrinks; no byte of it is written twice. Confined to one thread.
class encode_buffer {
  std::unique_ptr<std::byte[]> room_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;

public:
  void clear() { size_ = 0; }
  [[nodiscard]] bytes_view view() const { return {room_.get(), size_}; }
  /// Where the next `most` bytes may be written; `commit` says how far they were.
  std::byte* reserve(std::size_t most) {
    if (capacity_ - size_ < most) [[unlikely]]
      grow(most);
    return room_.get() + size_;
  }
  void commit(const std::byte* end) { size_ = static_cast<std::size_t>(end - room_.get()); }

private:
  void grow(std::size_t most) {
    const auto wanted = (size_ + most) * 2;
    auto next = std::make_unique_for_overwrite<std::byte[]>(wanted);
    if (size_ != 0) std::memcpy(next.get(), room_.get(), size_);
    room_ = std::move(next);
    capacity_ = wanted;
  }
};

} // namespace cloudflow::schema
