#pragma once

#include "cloudflow/stream/graph/group_stage.hpp"

namespace cloudflow::stream {

/// Groups `count` elements each.
/// Shape: n -> 1, `T` to `std::vector<T>`, order kept. Units: elements.
/// - Emits when `count` elements are held, or upstream completes with some held.
/// - Backpressures when downstream has no demand and one element is missing to a full group.
/// - Completes when upstream completed and the last group was emitted. Cancels when downstream cancels.
/// - Fails when upstream fails; held elements are discarded and counted in `discarded_total`. On drain they are given
///   back: their offsets stay uncommitted. A watermark waits for the group in front of it.
/// Errors: a `count` of 0 counts as 1.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/grouped.md
struct grouped_op {
  std::size_t count;
  template <class In> using output = std::vector<In>;
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    into.holds_elements("grouped");
    return group_stage<In, Next>("grouped", std::max<std::size_t>(count, 1), std::chrono::nanoseconds(0),
                                 std::move(next));
  }
};

} // namespace cloudflow::stream
