#pragma once

#include "cloudflow/schema/binary.hpp"

#include <array>
#include <cstdint>
#include <string_view>

/// Avro's binary form behind bytes that grow, for what need not be fast.
namespace cloudflow::schema::detail {

inline void put_long(bytes& out, std::int64_t number) {
  std::array<std::byte, 10> room{};
  out.insert(out.end(), room.data(), write_long(room.data(), number));
}

template <class T> void put_float(bytes& out, T number) {
  std::array<std::byte, sizeof(T)> room{};
  out.insert(out.end(), room.data(), write_float(room.data(), number));
}

inline void put_block(bytes& out, bytes_view data) {
  put_long(out, static_cast<std::int64_t>(data.size()));
  out.insert(out.end(), data.begin(), data.end());
}

} // namespace cloudflow::schema::detail
