#pragma once

#include "cloudflow/schema/box.hpp"
#include "cloudflow/schema/plan.hpp"

#include <cstddef>
#include <cstdint>

namespace cloudflow::schema {

/// What generated code says about its records: `read`, `read_field`, `write`, `bound`, and constants of the schema.
template <class Record> struct record_access;

namespace wire {

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

} // namespace wire
} // namespace cloudflow::schema
