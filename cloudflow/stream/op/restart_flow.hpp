#pragma once

#include "cloudflow/stream/graph/nested_chain.hpp"
#include "cloudflow/stream/run/restart_schedule.hpp"

#include <functional>
#include <memory>

namespace cloudflow::stream {

namespace detail {

/// The description of a flow that a factory makes each time it is bound.
template <class Factory> struct flow_made_by {
  std::shared_ptr<Factory> factory; ///< owners: the copies of one description
  using flow_type = std::remove_cvref_t<std::invoke_result_t<Factory&>>;
  template <class In> using output = typename flow_type::template output<In>;
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    return flow_type(std::invoke(*factory)).template bind<In>(into, std::move(next));
  }
};

} // namespace detail

/// `F` makes flows for elements of type `T`.
template <class F, class T>
concept flow_factory_for =
    std::invocable<F&> && requires { typename std::remove_cvref_t<std::invoke_result_t<F&>>::template output<T>; };

/// A flow that a factory makes, and makes anew some time after user code in it threw.
/// Shape: that of the flow; order kept. Units: processing time.
/// - Emits when the flow does. Backpressures when the flow does, or from a failure until the flow is made anew;
///   a drain does not wait for that.
/// - The record at which it threw is dropped as a whole, as `supervised` does: it counts in `dropped_total` and as
/// done.
///   Restarts are counted in `restarts_total`.
/// - Completes when the flow does: that is no failure. Cancels when the flow does.
/// - Fails when there are more than `max_restarts` failures in a row, the factory throws, something behind the flow
///   failed, or upstream did.
/// Errors: the graph is refused at its start if an operator in the flow holds elements or runs on its own (`grouped`,
///   `process`, `map_async`, `async`).
/// Keeps: nothing to keep.
/// Source: Pekko Streams, `RestartFlow.onFailuresWithBackoff`.
/// Page: docs/operators/restart_flow.md
template <class Factory> struct restart_flow_op {
  restart_policy policy;
  Factory factory;
  using inner = detail::flow_made_by<Factory>;
  template <class In> using output = typename inner::template output<In>;

  template <class In, class Next> class stage : public nesting_stage<In, inner, Next> {
    restart_schedule schedule_;
    graph_run* run_;
    bool down_ = false;
    stage_counter* dropped_ = nullptr;
    stage_counter* restarts_ = nullptr;

  public:
    stage(restart_policy policy, graph_run& run, nested_chain<In, inner, Next> nested)
        : nesting_stage<In, inner, Next>(std::move(nested))
        , schedule_(policy)
        , run_(&run) {}
    void start(island_services& services) {
      services.add_name("restart_flow");
      dropped_ = &services.counter("dropped_total");
      restarts_ = &services.counter("restarts_total");
      schedule_.start(services);
      nesting_stage<In, inner, Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      try {
        return this->nested_.chain().on_next(std::move(element), ctx);
      } catch (stage_failure& thrown) {
        if (this->nested_.threw_behind() || !thrown.recoverable() || !schedule_.failed()) throw;
      }
      this->nested_.chain().roll_back(ctx);
      dropped_->add();
      down_ = true;
      return false;
    }
    bool advance() {
      const bool moved = this->nested_.chain().advance(); // what failed holds nothing: signals pass through it
      if (!down_ || !(schedule_.is_due() || run_->draining())) return moved;
      down_ = false;
      user_call("restart_flow", [&] { this->nested_.make_anew(); });
      restarts_->add();
      return true;
    }
    [[nodiscard]] std::size_t demand() { return down_ ? 0 : this->nested_.chain().demand(); }
    void arm(arming& a) {
      if (down_) schedule_.arm(a);
      this->nested_.chain().arm(a);
    }
    void on_end(const ending& how) {
      down_ = false;
      this->nested_.chain().on_end(how);
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    inner flow{std::make_shared<Factory>(std::move(factory))};
    return stage<In, Next>(policy, into.run(), {"restart_flow", std::move(flow), into, std::move(next)});
  }
};

} // namespace cloudflow::stream
