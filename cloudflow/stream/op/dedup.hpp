#pragma once

#include "cloudflow/stream/op/process.hpp"
#include "cloudflow/stream/state/value_state.hpp"

namespace cloudflow::stream {

namespace detail {

template <class In> struct first_of_key {
  static constexpr bool forgetful = true;
  value_state<bool> seen;
  stage_counter* repeated = nullptr;

  auto states() { return std::tie(seen); }
  void start(island_services& services) { repeated = &services.counter("repeated_total"); }
  void on_element(const In& element, auto& ctx) {
    if (seen.has_value()) return repeated->add();
    seen.set(true);
    ctx.emit(element);
  }
};

} // namespace detail

/// Passes the first element of each key and drops what has the same key within `ttl` after it: `dedup(&order::id, 1h)`.
/// Shape: n -> at most n, type kept, order kept. Units: processing time.
/// - Emits when an element arrives whose key was not seen within `ttl`; others are counted in `repeated_total`.
///   Backpressures when downstream does. One key of `ttl` is remembered in memory.
/// - Completes when upstream completes; what was seen is forgotten then. Cancels when downstream cancels.
/// - Fails when the key throws, records of a key also reach another task, state cannot be opened, or upstream fails.
/// Keeps: durable state: table "<name>/seen". Without a task state, what was seen is forgotten in a restart.
/// Page: docs/operators/dedup.md
template <class F> struct dedup_op {
  key_by_op<F> keys;
  std::chrono::milliseconds ttl;
  std::string name;
  template <class In> using output = In;

  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    using function = detail::first_of_key<In>;
    process_op<In, key_by_op<F>, function> op{std::move(keys), function{value_state<bool>("seen", {.ttl = ttl})},
                                              std::move(name), "dedup"};
    return std::move(op).template bind<In>(into, std::move(next));
  }
};

} // namespace cloudflow::stream
