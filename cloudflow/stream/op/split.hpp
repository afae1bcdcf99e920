#pragma once

#include "cloudflow/stream/graph/branches.hpp"
#include "cloudflow/stream/graph/sinks.hpp"

#include <variant>

namespace cloudflow::stream {

/// Sends every alternative of a `std::variant` to its own branch: the first to the first sink, and so on.
/// Shape: 1 stream of `variant<A, B, ...>` -> a branch per alternative; order kept in each. Branches run in the island
/// of the stream unless they say `async()`.
/// - Emits when all branches have demand. Backpressures when one does; a branch that cancelled no longer counts, its
///   elements are dropped and counted in `dropped_total`.
/// - Completes when upstream completes. Cancels when all branches cancelled. Fails when upstream or a branch fails.
/// Keeps: nothing to keep.
/// Page: docs/operators/split.md
template <class... Sinks> struct split_sink {
  static constexpr bool needs_offsets = (detail::needs_offsets_of<Sinks>() || ...);
  std::tuple<Sinks...> sinks;

  template <class In, class... Branches> class stage : public branching_stage<Branches...> {
    stage_counter* dropped_ = nullptr;

  public:
    using branching_stage<Branches...>::branching_stage;
    void start(island_services& services) {
      services.add_name("split");
      dropped_ = &services.counter("dropped_total");
      branching_stage<Branches...>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      return give(std::move(element), ctx, std::index_sequence_for<Branches...>());
    }

  private:
    template <std::size_t... I> bool give(In&& element, const element_context& ctx, std::index_sequence<I...>) {
      bool more = true;
      const auto one = [&]<std::size_t i>() {
        auto* mine = std::get_if<i>(&element);
        if (mine == nullptr) return;
        auto& branch = std::get<i>(this->branches_);
        if (branch.cancelled()) {
          dropped_->add();
          return;
        }
        more = branch.on_next(std::move(*mine), ctx) || branch.cancelled();
      };
      (one.template operator()<I>(), ...);
      return more && !this->cancelled();
    }
  };
  template <class In> auto bind(graph_builder& into) && {
    static_assert(std::variant_size_v<In> == sizeof...(Sinks), "split: wants one sink per alternative of the variant");
    return bind_each<In>(into, std::index_sequence_for<Sinks...>());
  }

private:
  template <class In, std::size_t... I> auto bind_each(graph_builder& into, std::index_sequence<I...>) {
    return make_stage<In>(into.branch(
        [&] { return std::get<I>(std::move(sinks)).template bind<std::variant_alternative_t<I, In>>(into); })...);
  }
  template <class In, class... Branches> static auto make_stage(Branches... branches) {
    return stage<In, Branches...>(std::move(branches)...);
  }
};

} // namespace cloudflow::stream
