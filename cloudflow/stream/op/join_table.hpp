#pragma once

#include "cloudflow/stream/op/join.hpp"
#include "cloudflow/stream/run/island.hpp"

namespace cloudflow::stream {

/// The latest row of a key, and what elements make of it.
template <class A, class B, class F> struct table_lookup {
  static constexpr bool wants_row = std::invocable<F&, const A&, const B&>;
  F f;
  value_state<B> row{"rows"};
  stage_counter* unmatched = nullptr;

  auto states() { return std::tie(row); }
  void start(island_services& services) { unmatched = &services.counter("unmatched_total"); }
  void on_element(const either<A, B>& element, auto& ctx) {
    if (element.index() == 1) return row.set(std::get<1>(element));
    const auto* found = row.find();
    if (found == nullptr) unmatched->add();
    if constexpr (wants_row) {
      if (found != nullptr) ctx.emit(std::invoke(f, std::get<0>(element), *found));
    } else {
      ctx.emit(std::invoke(f, std::get<0>(element), found));
    }
  }
};

/// Joins a stream with the latest value per key of another: `join_table(orders, customers).where(&order::customer)
/// .equals(&customer::id).apply(f)`.
/// Shape: 2 streams -> 1. `f(const A&, const B&)` for each element of the stream whose key has a row;
/// `f(const A&, const B*)` for each, with null if there is none.
/// - Emits when an element of the stream arrives, with the row that was there then; order kept. Neither input waits for
///   the other: what must be there first is read in an earlier run, or the function takes a pointer.
/// - Backpressures when downstream does. Elements without a row are counted in `unmatched_total`.
/// - Completes when both completed; the rows are forgotten then. Cancels both when downstream cancels.
/// - Fails when a key or `f` throws, records of a key also reach another task, state cannot be opened, or an input
///   fails.
/// Keeps: durable state: table "<name>/rows". Without a task state, offsets held until the end, so that a new run reads
/// the table anew.
/// Page: docs/operators/join_table.md
template <class Left, class Right, class KeyA, class KeyB> class table_on {
  using A = typename Left::value_type;
  using B = typename Right::value_type;

public:
  Left left;
  Right right;
  KeyA key_a;
  KeyB key_b;
  std::string name{};

  /// The name of its tables, if it is not to be counted.
  auto named(std::string given) && {
    name = std::move(given);
    return std::move(*this);
  }
  template <class F>
    requires(std::invocable<F&, const A&, const B&> || std::invocable<F&, const A&, const B*>)
  auto apply(F f) && {
    return std::move(*this).finish(std::move(f));
  }

private:
  template <class F> auto finish(F f) && {
    using lookup = table_lookup<A, B, F>;
    using found = std::conditional_t<lookup::wants_row, const B&, const B*>;
    using out = std::remove_cvref_t<std::invoke_result_t<F&, const A&, found>>;
    join_on<Left, Right, KeyA, KeyB> both{std::move(left), std::move(right), std::move(key_a), std::move(key_b)};
    return std::move(both).keyed().template process<out>(lookup{std::move(f)}, std::move(name), "join_table");
  }
};

} // namespace cloudflow::stream
