#pragma once

#include "cloudflow/stream/graph/nested_chain.hpp"

#include <concepts>
#include <functional>

namespace cloudflow::stream {

/// What becomes of a flow in which user code threw.
enum class directive {
  stop,   ///< the failure goes on: to the inlet's policy, or it fails the graph
  resume, ///< the record is dropped
  restart ///< the record is dropped, and what the flow's operators and functions remembered
};

/// `D` can be called with a `const failure&` and says what becomes of the flow.
template <class D>
concept decider =
    std::invocable<D&, const failure&> && std::convertible_to<std::invoke_result_t<D&, const failure&>, directive>;

/// Decides for each failure in a flow whether to stop, to resume without the record or to restart without it.
/// Shape: that of the flow; order kept. Units: records.
/// - Emits when the flow does. Backpressures when the flow does.
/// - A record is dropped as a whole: what it had made and was not published is taken back, if it came from a source
/// with
///   offsets. It counts in `supervised_total` and as done: its offset is committed with its neighbours'.
/// - Completes when the flow does. Cancels when the flow does.
/// - Fails when the decider says stop or throws, when something behind the flow failed, or upstream did.
/// Errors: the graph is refused at its start if an operator in the flow holds elements or runs on its own (`grouped`,
///   `process`, `map_async`, `async`).
/// Keeps: nothing to keep.
/// Source: Pekko Streams, supervision strategies.
/// Page: docs/operators/supervised.md
template <class D, class Flow> struct supervised_op {
  D decide;
  Flow flow;
  template <class In> using output = typename Flow::template output<In>;

  template <class In, class Next> class stage : public nesting_stage<In, Flow, Next> {
    D decide_;
    stage_counter* dropped_ = nullptr;

  public:
    stage(D decide, nested_chain<In, Flow, Next> nested)
        : nesting_stage<In, Flow, Next>(std::move(nested))
        , decide_(std::move(decide)) {}
    void start(island_services& services) {
      services.add_name("supervised");
      dropped_ = &services.counter("supervised_total");
      nesting_stage<In, Flow, Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      try {
        return this->nested_.chain().on_next(std::move(element), ctx);
      } catch (stage_failure& thrown) {
        if (!drop(thrown, ctx)) throw;
      }
      return this->demand() > 0;
    }

  private:
    bool drop(stage_failure& thrown, const element_context& ctx) {
      if (this->nested_.threw_behind() || !thrown.recoverable()) return false;
      auto& why = thrown.what();
      if (!why.at && ctx.token != nullptr) why.at = ctx.token->at(ctx.offset);
      const directive what =
          user_call("supervised", [&] { return directive(std::invoke(decide_, std::as_const(why))); });
      if (what == directive::stop) return false;
      this->nested_.chain().roll_back(ctx);
      if (what == directive::restart) this->nested_.make_anew();
      dropped_->add();
      return true;
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    return stage<In, Next>(std::move(decide), {"supervised", std::move(flow), into, std::move(next)});
  }
};

} // namespace cloudflow::stream
