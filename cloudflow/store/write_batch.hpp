#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/export.hpp"

#include <cstring>
#include <optional>

namespace cloudflow::store {

/// Writes that take effect together, in order: the last one for a key wins. One buffer, reused after `clear`. Value
/// type.
class write_batch {
  bytes encoded_;
  std::size_t count_ = 0;

public:
  CLOUDFLOW_API write_batch& put(bytes_view key, bytes_view value);
  CLOUDFLOW_API write_batch& remove(bytes_view key);
  void clear() noexcept {
    encoded_.clear();
    count_ = 0;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] bool empty() const noexcept { return count_ == 0; }
  [[nodiscard]] std::size_t size_bytes() const noexcept { return encoded_.size(); }

  /// Calls `visit(key, value)` for each write, in order; without a value it is a removal.
  template <class F> void for_each(F&& visit) const {
    const std::byte* at = encoded_.data();
    const std::byte* const end = at + encoded_.size();
    while (at != end) {
      std::uint64_t lengths[2];
      std::memcpy(lengths, at, sizeof lengths);
      at += sizeof lengths;
      const bytes_view key(at, lengths[0]);
      at += lengths[0];
      if (lengths[1] == removal) {
        visit(key, std::optional<bytes_view>());
      } else {
        visit(key, std::optional<bytes_view>(bytes_view(at, lengths[1])));
        at += lengths[1];
      }
    }
  }

private:
  static constexpr std::uint64_t removal = ~std::uint64_t{0};
  void append(bytes_view key, std::uint64_t value_length, bytes_view value);
};

} // namespace cloudflow::store
