#pragma once

#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/graph/sinks.hpp"
#include "cloudflow/stream/op/async.hpp"
#include "cloudflow/stream/op/filter.hpp"
#include "cloudflow/stream/op/map.hpp"
#include "cloudflow/stream/sink/collect.hpp"
#include "cloudflow/stream/sink/fold.hpp"
#include "cloudflow/stream/sink/for_each.hpp"
#include "cloudflow/stream/sink/port.hpp"
#include "cloudflow/stream/source/port_source.hpp"
#include "cloudflow/stream/source/range.hpp"

/// The user's face of the engine: `source(numbers).map(f).filter(p).to(sink)`. One line per operator, no logic: each is
/// documented in its own file below `stream/op`.
namespace cloudflow::stream {

namespace detail {

/// A source with one more operator behind it.
template <class Source, class Op> struct source_with {
  using value_type = typename Op::template output<typename Source::value_type>;
  Source source;
  Op op;
  template <class Chain> void launch(graph_builder& into, Chain chain) {
    source.launch(into, std::move(op).template bind<typename Source::value_type>(into, std::move(chain)));
  }
};

/// A flow with one more operator behind it.
template <class Flow, class Op> struct flow_with {
  using value_type = typename Op::template output<typename Flow::value_type>;
  Flow flow;
  Op op;
  template <class Chain> auto bind(graph_builder& into, Chain chain) && {
    return std::move(flow).bind(into, std::move(op).template bind<typename Flow::value_type>(into, std::move(chain)));
  }
};

/// The flow that does nothing.
template <class T> struct empty_flow {
  using value_type = T;
  template <class Chain> auto bind(graph_builder&, Chain chain) && { return chain; }
};

} // namespace detail

/// The operators, for `Self` = a stream or a flow whose elements are `T`.
template <class Self, class T> class fluent {
  template <class Op> auto with(Op op) { return static_cast<Self&&>(*this).append(std::move(op)); }

public:
  // clang-format off
  template <mapper_for<T> F> auto map(F f) && { return with(map_op<F>{std::move(f)}); }
  template <predicate_for<T> P> auto filter(P p) && { return with(filter_op<P>{std::move(p)}); }
  auto async(std::size_t capacity = async_op::default_capacity) && { return with(async_op{capacity}); }
  // clang-format on
  /// A flow, or a stage of the user's own: anything with `output<T>` and `bind<T>(graph_builder&, next)`.
  template <stage_for<T> Stage> auto via(Stage stage) && { return with(std::move(stage)); }
};

/// A reusable piece of a graph: `flow<int>().map(f)`; goes into a stream by `.via(...)` and copies freely.
template <class In, class Flow = detail::empty_flow<In>>
class flow : public fluent<flow<In, Flow>, typename Flow::value_type> {
  Flow flow_;

public:
  using input_type = In;
  using value_type = typename Flow::value_type;

  flow() = default;
  explicit flow(Flow described)
      : flow_(std::move(described)) {}
  template <class Op> auto append(Op op) && {
    using longer = detail::flow_with<Flow, Op>;
    return flow<In, longer>(longer{std::move(flow_), std::move(op)});
  }
  template <sink_for<value_type> Sink> auto to(Sink sink) && {
    return flow_sink<In, Flow, Sink>{std::move(flow_), std::move(sink)};
  }
  template <class T> using output = value_type;
  template <class T, class Chain>
    requires std::convertible_to<T, In>
  auto bind(graph_builder& into, Chain chain) && {
    return std::move(flow_).bind(into, std::move(chain));
  }
};

/// A stream that is open at its end. Move-only use: each operator consumes it.
template <class Source> class stream_of : public fluent<stream_of<Source>, typename Source::value_type> {
  Source source_;

public:
  using value_type = typename Source::value_type;

  explicit stream_of(Source described)
      : source_(std::move(described)) {}
  template <class Op> auto append(Op op) && {
    using longer = detail::source_with<Source, Op>;
    return stream_of<longer>(longer{std::move(source_), std::move(op)});
  }
  /// Closes the graph.
  template <sink_for<value_type> Sink> [[nodiscard]] runnable to(Sink sink) && {
    return runnable([source = std::move(source_), sink = std::move(sink)](graph_builder& into) mutable {
      source.launch(into, std::move(sink).template bind<value_type>(into));
    });
  }
  [[nodiscard]] Source described() && { return std::move(source_); }
};

/// The elements of a range, which the stream owns.
template <std::ranges::input_range Range>
  requires(!std::is_lvalue_reference_v<Range>)
auto source(Range&& range) {
  return stream_of(range_source<std::remove_cvref_t<Range>>(std::forward<Range>(range)));
}
/// The elements of a copy of a range.
template <std::ranges::input_range Range> auto source(const Range& range) {
  return stream_of(range_source<Range>(range));
}
/// What a port reads: the seam for inlets.
template <class T> auto source(std::unique_ptr<source_port<T>> port) {
  return stream_of(port_source<T>(std::move(port)));
}
/// What a port writes: the seam for outlets.
template <class T> auto sink(std::unique_ptr<sink_port<T>> port) { return port_sink<T>(std::move(port)); }

} // namespace cloudflow::stream
