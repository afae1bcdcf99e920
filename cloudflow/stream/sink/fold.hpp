#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace cloudflow::stream {

/// Where a sink leaves what it made of all elements. Owners: the sink and whoever asks after the graph is over.
template <class A> class outcome_of {
  std::shared_ptr<std::optional<A>> slot_ = std::make_shared<std::optional<A>>();

public:
  /// Set by the sink at its end.
  void set(A value) const { *slot_ = std::move(value); }
  /// Call when the graph is over (`completed`): the value, or nothing if the input did not complete.
  [[nodiscard]] const std::optional<A>& value() const { return *slot_; }
};

/// Folds all elements into one value, left in an `outcome_of` when the input completes.
/// Shape: n -> 0. Demand is unlimited; offsets are done when the function returned.
/// Keeps: nothing to keep.
template <class A, class F> struct fold_sink {
  A initial;
  F f;
  outcome_of<A> result;

  template <class In> class stage : public sink_base {
    A folded_;
    F f_;
    outcome_of<A> result_;

  public:
    stage(A initial, F f, outcome_of<A> result)
        : folded_(std::move(initial))
        , f_(std::move(f))
        , result_(std::move(result)) {}
    void start(island_services& services) {
      services.add_name("fold");
      sink_base::start(services);
    }
    bool on_next(In&& element, const element_context&) {
      folded_ = user_call("fold", [&] { return std::invoke(f_, std::move(folded_), std::move(element)); });
      return true;
    }
    void on_end(const ending& how) {
      if (!terminated() && how.kind == end_kind::complete) result_.set(std::move(folded_));
      sink_base::on_end(how);
    }
  };
  template <class In>
    requires folder_for<F, A, In>
  auto bind(graph_builder&) && {
    return stage<In>(std::move(initial), std::move(f), std::move(result));
  }
};

template <class A, class F> fold_sink<A, F> fold(A initial, F f, outcome_of<A> result) {
  return {std::move(initial), std::move(f), std::move(result)};
}

} // namespace cloudflow::stream
