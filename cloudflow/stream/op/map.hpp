#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <functional>

namespace cloudflow::stream {

/// Applies a function to every element.
/// Shape: 1 -> 1, `In` to what the function returns, order kept.
/// - Emits when an element arrives. Backpressures when downstream does.
/// - Completes when upstream completes. Cancels when downstream cancels.
/// - Fails when the function throws (an inlet's error policy may skip the record) or upstream fails.
/// Keeps: nothing to keep.
/// Page: docs/operators/map.md
template <class F> struct map_op {
  F f;
  template <class In> using output = std::remove_cvref_t<std::invoke_result_t<F&, In>>;

  template <class In, class Next> class stage : public stage_base<Next> {
    F f_;

  public:
    stage(F function, Next next)
        : stage_base<Next>(std::move(next))
        , f_(std::move(function)) {}
    void start(island_services& services) {
      services.add_name("map");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      return this->next_.on_next(user_call("map", [&] { return output<In>(std::invoke(f_, std::move(element))); }),
                                 ctx);
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(f), std::move(next));
  }
};

} // namespace cloudflow::stream
