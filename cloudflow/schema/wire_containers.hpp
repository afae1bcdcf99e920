#pragma once

#include "cloudflow/schema/wire_scalars.hpp"

#include <string>
#include <utility>
#include <vector>

namespace cloudflow::schema {

namespace wire {

/// Items are read over the old ones, so that strings keep their room from record to record.
template <class Item> struct array {
  static constexpr std::size_t min_size = 1;

  template <class T, class Read>
  static bool fill(binary_reader& in, std::size_t smallest, std::vector<T>& out, Read&& read) {
    std::size_t used = 0;
    while (true) {
      std::size_t count = 0;
      if (!in.read_count(smallest, count)) return false;
      if (count == 0) break;
      for (; count != 0; --count, ++used) {
        if constexpr (std::is_same_v<T, bool>) {
          bool item = false;
          if (!read(item)) return false;
          if (used == out.size()) out.push_back(false);
          out[used] = item;
        } else {
          if (used == out.size()) out.emplace_back();
          if (!read(out[used])) return false;
        }
      }
    }
    out.resize(used);
    return true;
  }

  template <class T> static bool read(binary_reader& in, std::vector<T>& out) {
    return fill(in, Item::min_size, out, [&](auto& item) { return Item::read(in, item); });
  }
  template <class T> static bool read(binary_reader& in, const plan_node& how, std::vector<T>& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::array) return read(in, out);
    return fill(in, node->writer->item->min_size, out, [&](auto& item) { return Item::read(in, *node->item, item); });
  }
  template <class T> static std::size_t bound(const std::vector<T>& values) {
    std::size_t sum = 11;
    for (const auto& value : values) sum += Item::bound(value);
    return sum;
  }
  template <class T> static std::byte* write(std::byte* at, const std::vector<T>& values) {
    if (!values.empty()) at = write_long(at, static_cast<std::int64_t>(values.size()));
    for (const auto& value : values) at = Item::write(at, value);
    return write_long(at, 0);
  }
};

/// Of a key that stands twice in the data, the owning form keeps the last value; the borrowed form keeps both.
template <class Item> struct map {
  static constexpr std::size_t min_size = 1;

  template <class Out, class Read> static bool fill(binary_reader& in, std::size_t smallest, Out& out, Read&& read) {
    out.clear();
    while (true) {
      std::size_t count = 0;
      if (!in.read_count(smallest + 1, count)) return false;
      if (count == 0) return true;
      for (; count != 0; --count) {
        bytes_view key;
        if (!in.read_block(key)) return false;
        if constexpr (requires { typename Out::mapped_type; }) {
          if (!read(out[std::string(as_text(key))])) return false;
        } else {
          if (!read(out.emplace_back(as_text(key), typename Out::value_type::second_type{}).second)) return false;
        }
      }
    }
  }

  template <class Out> static bool read(binary_reader& in, Out& out) {
    return fill(in, Item::min_size, out, [&](auto& item) { return Item::read(in, item); });
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::map) return read(in, out);
    return fill(in, node->writer->item->min_size, out, [&](auto& item) { return Item::read(in, *node->item, item); });
  }
  template <class In> static std::size_t bound(const In& values) {
    std::size_t sum = 11;
    for (const auto& [key, value] : values) sum += 10 + key.size() + Item::bound(value);
    return sum;
  }
  template <class In> static std::byte* write(std::byte* at, const In& values) {
    if (!values.empty()) at = write_long(at, static_cast<std::int64_t>(values.size()));
    for (const auto& [key, value] : values) at = Item::write(octets::write(at, key), value);
    return write_long(at, 0);
  }
};

} // namespace wire
} // namespace cloudflow::schema
