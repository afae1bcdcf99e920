#pragma once

#include "cloudflow/stream/graph/group_stage.hpp"

namespace cloudflow::stream {

/// Groups elements until `max_count` are held or `window` has passed, whichever is first.
/// Shape: n -> 1, `T` to non-empty `std::vector<T>`, order kept. Units: elements; processing time.
/// - Emits when the group is full, the window that began with its first element ends, or upstream completes.
/// - Backpressures when downstream has no demand and one element is missing to a full group.
/// - Completes when upstream completed and the last group was emitted. Cancels when downstream cancels.
/// - Fails when upstream fails; held elements are discarded and counted in `discarded_total`. On drain they are given
///   back: their offsets stay uncommitted. A watermark waits for the group in front of it.
/// Errors: a `max_count` of 0 counts as 1; a `window` <= 0 as 1 ns.
/// Keeps: offsets held until emitted.
/// Source: Pekko Streams, `groupedWithin`; there the window starts at the previous emission, here with the group, so
/// that an idle stream has no timer.
/// Page: docs/operators/grouped_within.md
struct grouped_within_op {
  std::size_t max_count;
  std::chrono::nanoseconds window;
  template <class In> using output = std::vector<In>;
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    into.holds_elements("grouped_within");
    return group_stage<In, Next>("grouped_within", std::max<std::size_t>(max_count, 1),
                                 std::max(window, std::chrono::nanoseconds(1)), std::move(next));
  }
};

} // namespace cloudflow::stream
