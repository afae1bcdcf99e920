#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/export.hpp"

#include <cstring>
#include <iterator>
#include <optional>
#include <string_view>

namespace cloudflow::log {

/// One header of a record: a name and bytes. Borrowed.
struct header {
  std::string_view name;
  bytes_view value;
};

/// The headers of a record, in order, repeats allowed. A borrowed view of their encoded form: a list of (name length,
/// value length, name, value), lengths as 32-bit little endian. Why not a span of `header`: encoded headers are copied
/// with one memcpy and survive a move of the segment they lie in. Immutable.
class header_list {
  bytes_view encoded_{};

public:
  class iterator {
    const std::byte* at_ = nullptr;

  public:
    using value_type = header;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    explicit iterator(const std::byte* at)
        : at_(at) {}
    header operator*() const {
      const auto name = length(0);
      const auto* text = reinterpret_cast<const char*>(at_ + 8);
      return {{text, name}, {at_ + 8 + name, length(4)}};
    }
    iterator& operator++() {
      at_ += 8 + std::size_t{length(0)} + length(4);
      return *this;
    }
    iterator operator++(int) {
      auto old = *this;
      ++*this;
      return old;
    }
    friend bool operator==(iterator, iterator) = default;

  private:
    [[nodiscard]] std::uint32_t length(std::size_t at) const {
      std::uint32_t n = 0;
      std::memcpy(&n, at_ + at, 4);
      return n;
    }
  };

  header_list() = default;
  /// Trusts its bytes: they come from a `header_buffer`.
  explicit header_list(bytes_view encoded)
      : encoded_(encoded) {}

  [[nodiscard]] iterator begin() const { return iterator(encoded_.data()); }
  [[nodiscard]] iterator end() const { return iterator(encoded_.data() + encoded_.size()); }
  [[nodiscard]] bool empty() const noexcept { return encoded_.empty(); }
  [[nodiscard]] std::size_t size() const { return static_cast<std::size_t>(std::distance(begin(), end())); }
  [[nodiscard]] bytes_view encoded() const noexcept { return encoded_; }
  /// The value of the last header of that name.
  [[nodiscard]] CLOUDFLOW_API std::optional<bytes_view> find(std::string_view name) const;
};

/// Builds the encoded form. A writer whose headers are the same for each record builds them once. Value type.
class header_buffer {
  bytes encoded_;

public:
  CLOUDFLOW_API header_buffer& add(std::string_view name, bytes_view value);
  header_buffer& add(std::string_view name, std::string_view value) { return add(name, as_bytes(value)); }
  void clear() noexcept { encoded_.clear(); }
  [[nodiscard]] header_list view() const noexcept { return header_list(encoded_); }
};

} // namespace cloudflow::log
