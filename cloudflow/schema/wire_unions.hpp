#pragma once

#include "cloudflow/schema/plan.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace cloudflow::schema {

namespace wire {

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
