#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <functional>

namespace cloudflow::stream {

/// Passes the elements for which a predicate holds.
/// Shape: 1 -> 0 or 1, type kept, order kept. A dropped element's offset counts as done; drops are counted in
/// `filtered_total`.
/// - Emits when the predicate holds. Backpressures when downstream does.
/// - Completes when upstream completes. Cancels when downstream cancels.
/// - Fails when the predicate throws or upstream fails.
/// Keeps: nothing to keep.
/// Page: docs/operators/filter.md
template <class P> struct filter_op {
  P p;
  template <class In> using output = In;

  template <class In, class Next> class stage : public stage_base<Next> {
    P p_;
    std::uint64_t dropped_ = 0; ///< since the last flush: the loop touches no atomic
    stage_counter* filtered_ = nullptr;

  public:
    stage(P predicate, Next next)
        : stage_base<Next>(std::move(next))
        , p_(std::move(predicate)) {}
    void start(island_services& services) {
      services.add_name("filter");
      filtered_ = &services.counter("filtered_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      if (user_call("filter", [&] { return static_cast<bool>(std::invoke(p_, std::as_const(element))); }))
        return this->next_.on_next(std::move(element), ctx);
      ++dropped_;
      return true;
    }
    void flush() {
      if (dropped_ != 0) filtered_->add(std::exchange(dropped_, 0));
      stage_base<Next>::flush();
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(p), std::move(next));
  }
};

} // namespace cloudflow::stream
