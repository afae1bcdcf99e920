#pragma once

#include "cloudflow/stream/graph/boundary.hpp"
#include "cloudflow/stream/graph/builder.hpp"

namespace cloudflow::stream {

/// Ends an island: what follows runs in a turn of its own, behind a bounded queue, possibly on another worker.
/// Shape: 1 -> 1, type kept, order kept. Units: `capacity` elements, rounded up to a power of two.
/// - Emits when downstream has demand and an element is queued. Backpressures when the queue is full.
/// - Completes when upstream completed and the queue is empty. Fails likewise, behind the queued elements.
/// - Cancels when downstream cancels, overtaking what is queued.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/async.md
struct async_op {
  std::size_t capacity = default_capacity;
  static constexpr std::size_t default_capacity = 1024;
  template <class In> using output = In;

  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    auto queue = std::make_shared<boundary<In>>(capacity);
    into.add_island(boundary_driver<In>(queue), std::move(next));
    return boundary_out<In>(std::move(queue));
  }
};

} // namespace cloudflow::stream
