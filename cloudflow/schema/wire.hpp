#pragma once

#include "cloudflow/schema/box.hpp"
#include "cloudflow/schema/plan.hpp"

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace cloudflow::schema {

/// What generated code says about its records: `read`, `read_field`, `write`, `bound`, and constants of the schema.
template <class Record> struct record_access;
/// What generated code says about its enums: the number of symbols.
template <class Enum> struct enum_access;

/// How each Avro type lies in bytes, by static functions that know the C++ type they fill: `read` where writer and
/// reader agree, `read` by a plan where they do not, `bound` (the most bytes that `write` needs) and `write`. The tags
/// say what the C++ type cannot: the place of null in a union, the boxes of a recursive record.
namespace wire {

namespace detail {
template <class Out, class Raw> void assign(Out& out, Raw raw) {
  if constexpr (std::is_arithmetic_v<Out>) {
    out = static_cast<Out>(raw);
  } else if constexpr (requires { typename Out::clock; }) {
    out = Out(typename Out::duration(static_cast<typename Out::rep>(raw)));
  } else {
    out = Out(static_cast<typename Out::rep>(raw));
  }
}
template <class In> std::int64_t raw(const In& in) {
  if constexpr (std::is_arithmetic_v<In>) {
    return static_cast<std::int64_t>(in);
  } else if constexpr (requires { in.time_since_epoch(); }) {
    return static_cast<std::int64_t>(in.time_since_epoch().count());
  } else {
    return static_cast<std::int64_t>(in.count());
  }
}
template <class Out> void assign_octets(Out& out, bytes_view data) {
  if constexpr (std::is_same_v<Out, std::string>) {
    out.assign(reinterpret_cast<const char*>(data.data()), data.size());
  } else if constexpr (std::is_same_v<Out, std::string_view>) {
    out = as_text(data);
  } else if constexpr (std::is_same_v<Out, bytes_view>) {
    out = data;
  } else {
    out.assign(data.begin(), data.end());
  }
}
} // namespace detail

struct null {
  static constexpr std::size_t min_size = 0;
  template <class Out> static bool read(binary_reader&, Out&) { return true; }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out&) {
    return settle(in, how) != nullptr;
  }
  template <class In> static std::size_t bound(const In&) { return 0; }
  template <class In> static std::byte* write(std::byte* at, const In&) { return at; }
};

struct boolean {
  static constexpr std::size_t min_size = 1;
  template <class Out> static bool read(binary_reader& in, Out& out) { return in.read_boolean(out); }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    return settle(in, how) != nullptr && in.read_boolean(out);
  }
  static std::size_t bound(bool) { return 1; }
  static std::byte* write(std::byte* at, bool value) {
    *at = static_cast<std::byte>(value ? 1 : 0);
    return at + 1;
  }
};

struct int32 {
  static constexpr std::size_t min_size = 1;
  template <class Out> static bool read(binary_reader& in, Out& out) {
    std::int32_t raw = 0;
    if (!in.read_int(raw)) [[unlikely]]
      return false;
    detail::assign(out, raw);
    return true;
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    return settle(in, how) != nullptr && read(in, out);
  }
  template <class In> static std::size_t bound(const In&) { return 5; }
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    return write_long(at, static_cast<std::int32_t>(detail::raw(value)));
  }
};

struct int64 {
  static constexpr std::size_t min_size = 1;
  template <class Out> static bool read(binary_reader& in, Out& out) {
    std::int64_t raw = 0;
    if (!in.read_long(raw)) [[unlikely]]
      return false;
    detail::assign(out, raw);
    return true;
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    return node->what == plan_action::int32 ? int32::read(in, out) : read(in, out);
  }
  template <class In> static std::size_t bound(const In&) { return 10; }
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    return write_long(at, detail::raw(value));
  }
};

template <class Float> struct floating {
  static constexpr std::size_t min_size = sizeof(Float);
  static bool read(binary_reader& in, Float& out) { return in.read_float(out); }
  static bool read(binary_reader& in, const plan_node& how, Float& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    switch (node->what) {
    case plan_action::int32: return int32::read(in, out);
    case plan_action::int64: return int64::read(in, out);
    case plan_action::float32: {
      float narrow = 0;
      if (!in.read_float(narrow)) return false;
      out = narrow;
      return true;
    }
    default: return in.read_float(out);
    }
  }
  static std::size_t bound(Float) { return sizeof(Float); }
  static std::byte* write(std::byte* at, Float value) { return write_float(at, value); }
};
using float32 = floating<float>;
using float64 = floating<double>;

/// bytes and string: one layout.
struct octets {
  static constexpr std::size_t min_size = 1;
  template <class Out> static bool read(binary_reader& in, Out& out) {
    bytes_view data;
    if (!in.read_block(data)) [[unlikely]]
      return false;
    detail::assign_octets(out, data);
    return true;
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    return settle(in, how) != nullptr && read(in, out);
  }
  template <class In> static std::size_t bound(const In& value) { return 10 + value.size(); }
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    at = write_long(at, static_cast<std::int64_t>(value.size()));
    return write_span(at, value.data(), value.size());
  }
};

template <std::size_t Size> struct fixed {
  static constexpr std::size_t min_size = Size;
  static bool read(binary_reader& in, std::array<std::byte, Size>& out) {
    bytes_view data;
    if (!in.read_span(Size, data)) return false;
    write_span(out.data(), data.data(), Size);
    return true;
  }
  static bool read(binary_reader& in, bytes_view& out) { return in.read_span(Size, out); }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    return settle(in, how) != nullptr && read(in, out);
  }
  template <class In> static std::size_t bound(const In&) { return Size; }
  /// A borrowed value of another size is cut, or filled with zeros.
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    const auto size = value.size() < Size ? value.size() : Size;
    write_span(at, value.data(), size);
    if (size < Size) std::memset(at + size, 0, Size - size);
    return at + Size;
  }
};

template <class Enum> struct enumeration {
  static constexpr std::size_t min_size = 1;
  static bool read(binary_reader& in, Enum& out) {
    std::size_t index = 0;
    if (!in.read_index(enum_access<Enum>::count, index, decode_fault::bad_symbol)) return false;
    out = static_cast<Enum>(index);
    return true;
  }
  static bool read(binary_reader& in, const plan_node& how, Enum& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::enumeration) return read(in, out);
    std::size_t index = 0;
    if (!in.read_index(node->symbols.size(), index, decode_fault::bad_symbol)) return false;
    if (node->symbols[index] < 0) return in.fail(node->why);
    out = static_cast<Enum>(node->symbols[index]);
    return true;
  }
  static std::size_t bound(Enum) { return 5; }
  static std::byte* write(std::byte* at, Enum value) { return write_long(at, static_cast<std::int64_t>(value)); }
};

template <class Record> struct record {
  static constexpr std::size_t min_size = record_access<Record>::min_size;
  using access = record_access<Record>;

  template <class Out> static bool read(binary_reader& in, Out& out) {
    if constexpr (access::recursive) {
      if (!in.enter()) return false;
      const bool read = access::read(in, out);
      in.leave();
      return read;
    } else {
      return access::read(in, out);
    }
  }

  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::record) return read(in, out);
    if (!in.enter()) return false;
    for (const auto& step : node->steps) {
      switch (step.what) {
      case plan_step::action::read:
        if (!access::read_field(in, *step.how, step.field, out)) return false;
        break;
      case plan_step::action::skip:
        if (!skip_value(in, *step.skipped)) return false;
        break;
      case plan_step::action::fill: {
        if (!in.charge(1 + static_cast<std::int64_t>(step.value->size() / 16))) return false;
        binary_reader filled(*step.value);
        if (!access::read_field(filled, direct_plan(), step.field, out)) return in.fail(filled.fault());
        break;
      }
      }
    }
    in.leave();
    return true;
  }

  template <class In> static std::size_t bound(const In& value) {
    if constexpr (access::recursive) {
      const encode_level level(access::name); // here, because nothing is written before it was measured
      return access::bound(value);
    } else {
      return access::bound(value);
    }
  }
  template <class In> static std::byte* write(std::byte* at, const In& value) { return access::write(at, value); }
};

/// A record that holds itself without an array or a map between.
template <class Inner> struct boxed {
  static constexpr std::size_t min_size = 1;
  template <class T> static bool read(binary_reader& in, box<T>& out) {
    if (out.empty()) out = box<T>();
    return Inner::read(in, *out);
  }
  template <class T> static bool read(binary_reader& in, const plan_node& how, box<T>& out) {
    if (out.empty()) out = box<T>();
    return Inner::read(in, how, *out);
  }
  template <class T> static std::size_t bound(const box<T>& value) { return Inner::bound(*value); }
  template <class T> static std::byte* write(std::byte* at, const box<T>& value) { return Inner::write(at, *value); }
};

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

/// The union of null and one other type: an optional. `NullIndex` is null's place.
template <class Item, std::size_t NullIndex> struct nullable {
  static constexpr std::size_t min_size = 1;

  template <class Out, class Read> static bool fill(std::size_t index, Out& out, Read&& read) {
    if (index == NullIndex) {
      out.reset();
      return true;
    }
    if (!out) out.emplace();
    return read(*out);
  }
  template <class Out> static bool read(binary_reader& in, Out& out) {
    std::size_t index = 0;
    if (!in.read_index(2, index, decode_fault::bad_branch)) return false;
    return fill(index, out, [&](auto& item) { return Item::read(in, item); });
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::to_choice) return read(in, out);
    return fill(node->index, out, [&](auto& item) { return Item::read(in, *node->item, item); });
  }
  template <class In> static std::size_t bound(const In& value) { return 1 + (value ? Item::bound(*value) : 0); }
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    if (!value) return write_long(at, NullIndex);
    return Item::write(write_long(at, 1 - NullIndex), *value);
  }
};

/// Any other union: a variant with the branches in the schema's order.
template <class... Items> struct choice {
  static constexpr std::size_t min_size = 1;

  template <std::size_t I, class Item, class Out, class Read> static bool fill_one(Out& out, Read& read) {
    if (out.index() != I) out.template emplace<I>();
    return read(Item{}, *std::get_if<I>(&out));
  }
  template <class Out, class Read, std::size_t... I>
  static bool fill(std::size_t index, Out& out, Read read, std::index_sequence<I...>) {
    bool done = false;
    (void)((index == I && (done = fill_one<I, Items>(out, read), true)) || ...);
    return done;
  }
  template <class Out> static bool read(binary_reader& in, Out& out) {
    std::size_t index = 0;
    if (!in.read_index(sizeof...(Items), index, decode_fault::bad_branch)) return false;
    return fill(
        index, out, [&](auto item, auto& value) { return decltype(item)::read(in, value); },
        std::index_sequence_for<Items...>());
  }
  template <class Out> static bool read(binary_reader& in, const plan_node& how, Out& out) {
    const auto* node = settle(in, how);
    if (node == nullptr) return false;
    if (node->what != plan_action::to_choice) return read(in, out);
    return fill(
        node->index, out, [&](auto item, auto& value) { return decltype(item)::read(in, *node->item, value); },
        std::index_sequence_for<Items...>());
  }
  template <class In, class Use, std::size_t... I>
  static void visit(const In& value, Use use, std::index_sequence<I...>) {
    (void)((value.index() == I && (use(Items{}, *std::get_if<I>(&value)), true)) || ...);
  }
  template <class In> static std::size_t bound(const In& value) {
    std::size_t sum = 10;
    visit(
        value, [&](auto item, const auto& held) { sum += decltype(item)::bound(held); },
        std::index_sequence_for<Items...>());
    return sum;
  }
  template <class In> static std::byte* write(std::byte* at, const In& value) {
    at = write_long(at, static_cast<std::int64_t>(value.index()));
    visit(
        value, [&](auto item, const auto& held) { at = decltype(item)::write(at, held); },
        std::index_sequence_for<Items...>());
    return at;
  }
};

} // namespace wire
} // namespace cloudflow::schema
