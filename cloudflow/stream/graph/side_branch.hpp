#pragma once

#include "cloudflow/stream/graph/branches.hpp"

namespace cloudflow::stream {

/// No side outlet.
struct no_side {};

/// Two chains behind one stage: what it makes, and what it puts aside. Signals go to both.
template <class Next, class Side> class with_side : public branching_stage<Next, Side> {
public:
  using branching_stage<Next, Side>::branching_stage;
  template <class T> bool on_next(T&& element, const element_context& ctx) {
    auto& main = std::get<0>(this->branches_);
    if (main.cancelled()) return !this->cancelled();
    return main.on_next(std::forward<T>(element), ctx) || main.cancelled();
  }
  /// Returns whether one more may be put aside; false in any case if nobody wanted it.
  template <class T> bool on_side(T&& element, const element_context& ctx) {
    auto& side = std::get<1>(this->branches_);
    if (side.cancelled()) return true;
    return side.on_next(std::forward<T>(element), ctx) || side.cancelled();
  }
  [[nodiscard]] bool side_cancelled() { return std::get<1>(this->branches_).cancelled(); }
};

/// Binds `Side`, if there is one, beside the chain behind an operator.
template <class In, class Next, class Side> auto bind_side(graph_builder& into, Next next, Side side) {
  if constexpr (std::is_same_v<Side, no_side>) {
    return next;
  } else {
    auto bound = into.branch([&] { return std::move(side).template bind<In>(into); });
    return with_side<Next, decltype(bound)>(std::move(next), std::move(bound));
  }
}

} // namespace cloudflow::stream
