#pragma once

#include "cloudflow/stream/graph/branches.hpp"
#include "cloudflow/stream/graph/sinks.hpp"

namespace cloudflow::stream {

/// Gives every element to every branch; a branch is a sink or a flow that ends in one.
/// Shape: 1 stream -> n branches; a copy for each, order kept in each. Branches run in the island of the stream unless
/// they say `async()`.
/// - Emits when all branches have demand. Backpressures when one does; a branch that cancelled no longer counts.
/// - Completes when upstream completes. Cancels when all branches cancelled.
/// - Fails when upstream or a branch fails. An offset is done when every branch is done with it.
/// Keeps: nothing to keep.
/// Page: docs/operators/broadcast.md
template <class... Sinks> struct broadcast_sink {
  static constexpr bool needs_offsets = (detail::needs_offsets_of<Sinks>() || ...);
  std::tuple<Sinks...> sinks;

  template <class In, class... Branches> class stage : public branching_stage<Branches...> {
  public:
    using branching_stage<Branches...>::branching_stage;
    void start(island_services& services) {
      services.add_name("broadcast");
      branching_stage<Branches...>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      return give(std::move(element), ctx, std::index_sequence_for<Branches...>());
    }

  private:
    template <std::size_t... I> bool give(In&& element, const element_context& ctx, std::index_sequence<I...>) {
      bool more = true;
      const auto one = [&]<std::size_t i>() {
        auto& branch = std::get<i>(this->branches_);
        if (branch.cancelled()) return;
        if constexpr (i + 1 == sizeof...(I)) {
          more &= branch.on_next(std::move(element), ctx) || branch.cancelled();
        } else {
          In copy(std::as_const(element));
          more &= branch.on_next(std::move(copy), ctx) || branch.cancelled();
        }
      };
      (one.template operator()<I>(), ...);
      return more && !this->cancelled();
    }
  };
  template <class In> auto bind(graph_builder& into) && {
    return std::apply(
        [&](auto&... sink) {
          return make_stage<In>(into.branch([&] { return std::move(sink).template bind<In>(into); })...);
        },
        sinks);
  }

private:
  template <class In, class... Branches> static auto make_stage(Branches... branches) {
    return stage<In, Branches...>(std::move(branches)...);
  }
};

} // namespace cloudflow::stream
