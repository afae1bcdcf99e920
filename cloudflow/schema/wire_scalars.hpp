#pragma once

#include "cloudflow/schema/plan.hpp"

#include <array>
#include <chrono>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace cloudflow::schema {

/// What generated code says about its enums: the number of symbols.
template <class Enum> struct enum_access;

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

} // namespace wire
} // namespace cloudflow::schema
