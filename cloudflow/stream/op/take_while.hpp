#pragma once

#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/op/take.hpp"

#include <functional>

namespace cloudflow::stream {

/// Passes elements as long as a predicate holds, then completes.
/// Shape: n -> at most n, type kept, order kept. The element that ends it is dropped.
/// - Emits when the predicate holds. Backpressures when downstream does.
/// - Completes at the first element for which the predicate does not hold, and cancels upstream then; or when upstream
///   completes. Cancels when downstream cancels.
/// - Fails when the predicate throws or upstream fails.
/// Keeps: nothing to keep.
/// Page: docs/operators/take_while.md
template <class P> struct take_while_op {
  P p;
  template <class In> using output = In;

  template <class In, class Next> class stage : public completing_stage<Next> {
    P p_;

  public:
    stage(P predicate, Next next)
        : completing_stage<Next>(std::move(next))
        , p_(std::move(predicate)) {}
    void start(island_services& services) {
      services.add_name("take_while");
      completing_stage<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      if (user_call("take_while", [&] { return static_cast<bool>(std::invoke(p_, std::as_const(element))); }))
        return this->next_.on_next(std::move(element), ctx);
      this->finish();
      return false;
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(p), std::move(next));
  }
};

} // namespace cloudflow::stream
