#pragma once

#include "cloudflow/base/bytes.hpp"

#include <bit>
#include <cstring>

namespace cloudflow::schema {

static_assert(std::endian::native == std::endian::little,
              "Avro's floats are little endian; other machines need a swap");

/// Why bytes are no value of their schema.
enum class decode_fault : std::uint8_t {
  none,
  truncated,       ///< the bytes end inside a value
  long_varint,     ///< a number of more than ten bytes
  int_range,       ///< a number that does not fit an int
  bad_boolean,     ///< neither 0 nor 1
  negative_length, ///< of a string or bytes
  long_length,     ///< a length or count beyond the bytes left
  bad_symbol,      ///< an enum index without symbol
  bad_branch,      ///< a union index without branch
  unreadable,      ///< a value that the reader's schema cannot take: see why
  too_deep,        ///< records nested deeper than 64
  too_many_items,  ///< more than a million items that take no bytes
  trailing         ///< bytes after the end of the record
};

namespace detail {
struct varint {
  std::uint64_t value;
  const std::byte* next; ///< nullptr on a fault
  decode_fault fault;
};

inline varint read_varint(const std::byte* at, const std::byte* end) {
  std::uint64_t value = 0;
  const std::byte* stop = end - at > 10 ? at + 10 : end;
  for (unsigned shift = 0; at != stop; shift += 7) {
    const auto b = static_cast<std::uint64_t>(*at++);
    value |= (b & 0x7f) << shift;
    if (b < 0x80) {
      // The tenth byte holds one bit of a 64-bit number.
      if (shift == 63 && b > 1) return {0, nullptr, decode_fault::long_varint};
      return {value, at, decode_fault::none};
    }
  }
  return {0, nullptr, at == end ? decode_fault::truncated : decode_fault::long_varint};
}
} // namespace detail

/// Reads Avro's binary form from borrowed bytes. Every function that answers false has kept the fault, and nothing may
/// be read after it. Lengths and counts are compared with the bytes left before anything is allocated. Confined to one
/// thread; small enough to live in registers when a decoder is inlined.
/// Source: Avro 1.12, "Binary Encoding".
class binary_reader {
  const std::byte* begin_;
  const std::byte* at_;
  const std::byte* end_;
  std::int64_t free_items_;
  const std::string* why_ = nullptr;
  std::uint32_t depth_ = 0;
  decode_fault fault_ = decode_fault::none;

public:
  static constexpr std::uint32_t max_depth = 64;
  static constexpr std::int64_t max_free_items = 1'000'000;

  explicit binary_reader(bytes_view data)
      : begin_(data.data())
      , at_(begin_)
      , end_(begin_ + data.size())
      , free_items_(max_free_items + 64 * static_cast<std::int64_t>(data.size())) {}

  [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] std::size_t position() const { return static_cast<std::size_t>(at_ - begin_); }
  [[nodiscard]] bool at_end() const { return at_ == end_; }
  [[nodiscard]] decode_fault fault() const { return fault_; }
  /// What `unreadable` means; empty for other faults.
  [[nodiscard]] std::string_view why() const { return why_ == nullptr ? std::string_view{} : *why_; }

  bool fail(decode_fault fault) {
    fault_ = fault;
    return false;
  }
  bool fail(const std::string& why) {
    why_ = &why;
    return fail(decode_fault::unreadable);
  }

  bool read_long(std::int64_t& out) {
    const auto raw = detail::read_varint(at_, end_);
    if (raw.next == nullptr) [[unlikely]]
      return fail(raw.fault);
    at_ = raw.next;
    out = static_cast<std::int64_t>((raw.value >> 1) ^ (~(raw.value & 1) + 1));
    return true;
  }

  bool read_int(std::int32_t& out) {
    std::int64_t wide = 0;
    if (!read_long(wide)) [[unlikely]]
      return false;
    out = static_cast<std::int32_t>(wide);
    return out == wide || fail(decode_fault::int_range);
  }

  bool read_boolean(bool& out) {
    if (at_ == end_) [[unlikely]]
      return fail(decode_fault::truncated);
    const auto b = static_cast<unsigned char>(*at_);
    if (b > 1) [[unlikely]]
      return fail(decode_fault::bad_boolean);
    out = b == 1;
    ++at_;
    return true;
  }

  template <class T> bool read_float(T& out) {
    if (left() < sizeof(T)) [[unlikely]]
      return fail(decode_fault::truncated);
    std::memcpy(&out, at_, sizeof(T));
    at_ += sizeof(T);
    return true;
  }

  bool read_span(std::size_t size, bytes_view& out) {
    if (left() < size) [[unlikely]]
      return fail(decode_fault::truncated);
    out = {at_, size};
    at_ += size;
    return true;
  }

  /// A string or bytes: its length, then so many bytes.
  bool read_block(bytes_view& out) {
    std::int64_t size = 0;
    if (!read_long(size)) [[unlikely]]
      return false;
    if (static_cast<std::uint64_t>(size) > left()) [[unlikely]] {
      return fail(size < 0 ? decode_fault::negative_length : decode_fault::long_length);
    }
    out = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }

  /// An index below `count`: of a symbol or a branch.
  bool read_index(std::size_t count, std::size_t& out, decode_fault fault) {
    std::int64_t index = 0;
    if (!read_long(index)) [[unlikely]]
      return false;
    if (static_cast<std::uint64_t>(index) >= count) [[unlikely]]
      return fail(fault);
    out = static_cast<std::size_t>(index);
    return true;
  }

  /// The number of items in the next block of an array or a map; 0 = the end. `min_size` is the least that an item
  /// takes.
  bool read_count(std::size_t min_size, std::size_t& out) {
    std::int64_t count = 0;
    if (!read_long(count)) [[unlikely]]
      return false;
    if (count < 0) {
      std::int64_t size = 0;
      if (!read_long(size)) return false;
      if (size < 0) return fail(decode_fault::negative_length);
      if (static_cast<std::uint64_t>(size) > left() || count == INT64_MIN) return fail(decode_fault::long_length);
      count = -count;
    }
    if (min_size == 0) {
      if (!charge(count)) return false;
    } else if (static_cast<std::uint64_t>(count) > left() / min_size) {
      return fail(decode_fault::long_length);
    }
    out = static_cast<std::size_t>(count);
    return true;
  }

  /// Pays for items that take no bytes of the input: a budget for the whole record.
  bool charge(std::int64_t items) {
    if (items > free_items_) return fail(decode_fault::too_many_items);
    free_items_ -= items;
    return true;
  }

  /// Around a record that can hold itself.
  bool enter() { return ++depth_ <= max_depth || fail(decode_fault::too_deep); }
  void leave() { --depth_; }
};

/// One sentence with the place in the bytes. Errors: `corrupt`; `incompatible` for what the reader's schema refuses.
CLOUDFLOW_API error decode_error(const binary_reader& in, std::string_view schema_name);

/// Numbers are at most ten bytes long; the caller has the room.
inline std::byte* write_long(std::byte* at, std::int64_t value) {
  auto raw = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  while (raw >= 0x80) {
    *at++ = static_cast<std::byte>(raw | 0x80);
    raw >>= 7;
  }
  *at++ = static_cast<std::byte>(raw);
  return at;
}

template <class T> std::byte* write_float(std::byte* at, T value) {
  std::memcpy(at, &value, sizeof(T));
  return at + sizeof(T);
}

/// Counts how deep the records lie that this thread is encoding: what is written must be readable again. Confined to
/// one scope.
class CLOUDFLOW_API encode_level {
public:
  /// Throws std::length_error beyond `binary_reader::max_depth`.
  explicit encode_level(std::string_view record_name);
  encode_level(const encode_level&) = delete;
  encode_level& operator=(const encode_level&) = delete;
  ~encode_level();
};

inline std::byte* write_span(std::byte* at, const void* data, std::size_t size) {
  if (size != 0) std::memcpy(at, data, size);
  return at + size;
}

} // namespace cloudflow::schema
