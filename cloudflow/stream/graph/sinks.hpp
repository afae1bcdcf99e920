#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <utility>
#include <variant>

namespace cloudflow::stream {

/// What `.to(...)` takes: binds to a last stage for elements of type `In`.
template <class S, class In>
concept sink_for = requires(S sink, graph_builder& into) { std::move(sink).template bind<In>(into); };

namespace detail {

/// The elements of the source `S` come from somewhere that can be asked for them again, so that offsets or a position
/// are committed. Sources that know nothing of that say `has_offsets = false`.
template <class S> constexpr bool has_offsets_of() {
  if constexpr (requires { S::has_offsets; })
    return S::has_offsets;
  else
    return true;
}
/// The sink `S`, or one of its branches, commits the offsets of what it is given.
template <class S> constexpr bool needs_offsets_of() {
  if constexpr (requires { S::needs_offsets; })
    return S::needs_offsets;
  else
    return false;
}

} // namespace detail

/// What `.via(...)` takes: says what it makes of an `In`, and binds in front of the rest of a chain.
template <class S, class In>
concept stage_for = requires { typename S::template output<In>; };

/// What `.split_to(...)` takes for a `variant<A, B, ...>`: a sink per alternative, in their order.
template <class V, class... S>
concept branches_for = requires { std::variant_size<V>::value; } && std::variant_size_v<V> == sizeof...(S);

/// A flow that ends in a sink, `flow<T>().map(f).to(sink)`: itself a sink, for instance a branch of `broadcast`.
template <class T, class Flow, class Sink> struct flow_sink {
  static constexpr bool needs_offsets = detail::needs_offsets_of<Sink>();
  Flow flow;
  Sink sink;
  template <class In>
    requires std::convertible_to<In, T>
  auto bind(graph_builder& into) && {
    return std::move(flow).bind(into, std::move(sink).template bind<typename Flow::value_type>(into));
  }
};

} // namespace cloudflow::stream
