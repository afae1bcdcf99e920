#pragma once

#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/graph/sinks.hpp"
#include "cloudflow/stream/op/aggregate.hpp"
#include "cloudflow/stream/op/async.hpp"
#include "cloudflow/stream/op/broadcast.hpp"
#include "cloudflow/stream/op/dedup.hpp"
#include "cloudflow/stream/op/event_time.hpp"
#include "cloudflow/stream/op/filter.hpp"
#include "cloudflow/stream/op/flat_map.hpp"
#include "cloudflow/stream/op/grouped.hpp"
#include "cloudflow/stream/op/grouped_within.hpp"
#include "cloudflow/stream/op/join.hpp"
#include "cloudflow/stream/op/join_table.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/op/map.hpp"
#include "cloudflow/stream/op/map_async.hpp"
#include "cloudflow/stream/op/merge.hpp"
#include "cloudflow/stream/op/process.hpp"
#include "cloudflow/stream/op/recover.hpp"
#include "cloudflow/stream/op/restart_flow.hpp"
#include "cloudflow/stream/op/retry.hpp"
#include "cloudflow/stream/op/session.hpp"
#include "cloudflow/stream/op/split.hpp"
#include "cloudflow/stream/op/supervised.hpp"
#include "cloudflow/stream/op/take.hpp"
#include "cloudflow/stream/op/take_while.hpp"
#include "cloudflow/stream/op/window.hpp"
#include "cloudflow/stream/sink/collect.hpp"
#include "cloudflow/stream/sink/fold.hpp"
#include "cloudflow/stream/sink/for_each.hpp"
#include "cloudflow/stream/sink/lines.hpp"
#include "cloudflow/stream/sink/port.hpp"
#include "cloudflow/stream/sink/queue.hpp"
#include "cloudflow/stream/source/file_lines.hpp"
#include "cloudflow/stream/source/port_source.hpp"
#include "cloudflow/stream/source/queue.hpp"
#include "cloudflow/stream/source/range.hpp"
#include "cloudflow/stream/source/repartitioned.hpp"
#include "cloudflow/stream/source/sequence.hpp"
#include "cloudflow/stream/source/tick.hpp"

/// The user's face of the engine: `source(numbers).map(f).filter(p).to(sink)`. One line per operator, no logic: each is
/// documented in its own file below `stream/op`.
namespace cloudflow::stream {

namespace detail {

/// A source with one more operator behind it.
template <class Source, class Op> struct source_with {
  using value_type = typename Op::template output<typename Source::value_type>;
  static constexpr bool has_offsets = has_offsets_of<Source>();
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

/// What `key_by` gives: waits for `process`, `window` or `aggregate`.
template <class Self, class T, class Keys> class keyed_face {
  Self self_;
  Keys keys_;

  template <class Late> class windowed_face {
    Self self_;
    Keys keys_;
    window_spec spec_;
    Late late_;
    std::chrono::milliseconds lateness_{0};
    std::string name_;
    template <class> friend class windowed_face;

  public:
    windowed_face(Self self, Keys keys, window_spec spec, Late late)
        : self_(std::move(self))
        , keys_(std::move(keys))
        , spec_(spec)
        , late_(std::move(late)) {}
    /// Elements that come so long after their window's end still count: the window is emitted again with them.
    auto allowed_lateness(std::chrono::milliseconds time) && {
      lateness_ = time;
      return std::move(*this);
    }
    /// Where elements go that are later than that.
    template <sink_for<T> Sink> auto late_to(Sink sink) && {
      windowed_face<Sink> made(std::move(self_), std::move(keys_), spec_, std::move(sink));
      made.lateness_ = lateness_;
      made.name_ = std::move(name_);
      return made;
    }
    /// The name of its tables, if it is not to be counted.
    auto named(std::string name) && {
      name_ = std::move(name);
      return std::move(*this);
    }
    template <aggregator_for<T> A> auto aggregate(A how) && {
      return std::move(self_).append(window_op<Keys, A, Late>{std::move(keys_), spec_, std::move(how), lateness_,
                                                              std::move(late_), std::move(name_)});
    }
  };

  template <class Late> class session_face {
    Self self_;
    Keys keys_;
    session_spec spec_;
    Late late_;
    std::chrono::milliseconds lateness_{0};
    std::string name_;
    template <class> friend class session_face;

  public:
    session_face(Self self, Keys keys, session_spec spec, Late late)
        : self_(std::move(self))
        , keys_(std::move(keys))
        , spec_(spec)
        , late_(std::move(late)) {}
    /// Elements that come so long after their session's end still count: the session is emitted again with them.
    auto allowed_lateness(std::chrono::milliseconds time) && {
      lateness_ = time;
      return std::move(*this);
    }
    /// Where elements go that are later than that.
    template <sink_for<T> Sink> auto late_to(Sink sink) && {
      session_face<Sink> made(std::move(self_), std::move(keys_), spec_, std::move(sink));
      made.lateness_ = lateness_;
      made.name_ = std::move(name_);
      return made;
    }
    auto named(std::string name) && {
      name_ = std::move(name);
      return std::move(*this);
    }
    template <aggregator_for<T> A> auto aggregate(A how) && {
      return std::move(self_).append(session_op<Keys, A, Late>{std::move(keys_), spec_, std::move(how), lateness_,
                                                               std::move(late_), std::move(name_)});
    }
  };

public:
  keyed_face(Self self, Keys keys)
      : self_(std::move(self))
      , keys_(std::move(keys)) {}
  /// `name`: of its tables, if it is not to be counted.
  template <class Out, process_function_for<T, typename Keys::template key<T>, Out> F>
  auto process(F function, std::string name = {}, const char* op = "process") && {
    return std::move(self_).append(
        process_op<Out, Keys, F>{std::move(keys_), std::move(function), std::move(name), op});
  }
  auto window(window_spec spec) && { return windowed_face<no_side>(std::move(self_), std::move(keys_), spec, {}); }
  auto window(session_spec spec) && { return session_face<no_side>(std::move(self_), std::move(keys_), spec, {}); }
  template <aggregator_for<T> A> auto aggregate(A how, std::string name = {}) && {
    return std::move(self_).append(aggregate_op<Keys, A>{std::move(keys_), std::move(how), std::move(name)});
  }
};

/// The operators, for `Self` = a stream or a flow whose elements are `T`.
template <class Self, class T> class fluent {
  template <class Op> auto with(Op op) { return static_cast<Self&&>(*this).append(std::move(op)); }

public:
  // clang-format off
  template <mapper_for<T> F> auto map(F f) && { return with(map_op<F>{std::move(f)}); }
  template <predicate_for<T> P> auto filter(P p) && { return with(filter_op<P>{std::move(p)}); }
  template <flat_mapper_for<T> F> auto flat_map(F f) && { return with(flat_map_op<F>{std::move(f)}); }
  template <mapper_for<T> F> auto map_async(std::size_t parallelism, F f, ordering order = ordering::ordered) && { return with(map_async_op<F>{parallelism, std::move(f), order}); }
  auto take(std::size_t count) && { return with(take_op{count}); }
  template <predicate_for<T> P> auto take_while(P p) && { return with(take_while_op<P>{std::move(p)}); }
  auto grouped(std::size_t count) && { return with(grouped_op{count}); }
  auto grouped_within(std::size_t max_count, std::chrono::nanoseconds window) && { return with(grouped_within_op{max_count, window}); }
  template <event_time_for<T> F> auto event_time(F f, std::chrono::milliseconds lateness = {}) && { return with(event_time_op<F>{std::move(f), lateness}); }
  template <key_for<T>... F> requires(sizeof...(F) > 0) auto key_by(F... f) && { return keyed_face<Self, T, key_by_op<F...>>(static_cast<Self&&>(*this), key_by_op<F...>{{std::move(f)...}}); }
  template <key_for<T> F> auto dedup(F key, std::chrono::milliseconds ttl, std::string name = {}) && { return with(dedup_op<F>{{{std::move(key)}}, ttl, std::move(name)}); }
  auto async(std::size_t capacity = async_op::default_capacity) && { return with(async_op{capacity}); }
  template <recoverer_for<T> F> auto recover(F f) && { return with(recover_op<F>{std::move(f)}); }
  template <stage_for<T> Flow, decider D> requires std::copy_constructible<Flow> auto supervised(D decide, Flow flow) && { return with(supervised_op<D, Flow>{std::move(decide), std::move(flow)}); }
  template <flow_factory_for<T> F> auto restart_flow(restart_policy policy, F make) && { return with(restart_flow_op<F>{policy, std::move(make)}); }
  template <mapper_for<const T&> F> auto retry(std::size_t retries, backoff how, F f) && { return with(retry_op<F>{retries, how, std::move(f)}); }
  template <sink_for<T>... S> auto broadcast(S... sinks) && { return static_cast<Self&&>(*this).to(broadcast_sink<S...>{{std::move(sinks)...}}); }
  template <class... S> requires branches_for<T, S...> auto split_to(S... sinks) && { return static_cast<Self&&>(*this).to(split_sink<S...>{{std::move(sinks)...}}); }
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
    static_assert(detail::has_offsets_of<Source>() || !detail::needs_offsets_of<Sink>(),
                  "this sink commits the offsets of what it is given, and this source has none (range, tick, queue): "
                  "begin with ctx.source_with_offset(inlet), or end with ctx.sink(outlet)");
    return runnable([source = std::move(source_), sink = std::move(sink)](graph_builder& into) mutable {
      source.launch(into, std::move(sink).template bind<value_type>(into));
    });
  }
  /// The rest of the graph runs in the tasks that have the keys.
  [[nodiscard]] auto repartition_by(repartition_ends<value_type> ends) && {
    return stream_of<repartitioned_source<Source>>(repartitioned_source<Source>(std::move(source_), std::move(ends)));
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
/// The elements that other threads offer.
template <class T> auto source(const queue_source<T>& queue) { return stream_of(passing_source<T>(queue.make_port())); }
/// Counts up, one per `interval`.
inline auto tick(std::chrono::nanoseconds interval) {
  return stream_of(passing_source<std::uint64_t>(std::make_unique<tick_source>(interval)));
}
/// Several streams of one type as one.
template <class... Source>
  requires(sizeof...(Source) > 0)
auto merge(merge_options options, stream_of<Source>... streams) {
  return stream_of(merge_source<Source...>(options, std::move(streams).described()...));
}
template <class... Source>
  requires(sizeof...(Source) > 0)
auto merge(stream_of<Source>... streams) {
  return merge(merge_options{}, std::move(streams)...);
}
/// Pairs of two streams that have equal keys and near times.
template <class A, class B> auto join(stream_of<A> left, stream_of<B> right) {
  return join_face<stream_of<A>, stream_of<B>, join_on>(std::move(left), std::move(right));
}
/// Elements of a stream with the latest value of their key in another.
template <class A, class B> auto join_table(stream_of<A> elements, stream_of<B> table) {
  return join_face<stream_of<A>, stream_of<B>, table_on>(std::move(elements), std::move(table));
}
/// What a port reads: the seam for inlets.
template <class Port>
  requires std::derived_from<Port, source_port<typename Port::value_type>>
auto source(std::unique_ptr<Port> port) {
  return stream_of(port_source<typename Port::value_type>(std::move(port)));
}
/// What a port writes: the seam for outlets.
template <class Port>
  requires std::derived_from<Port, sink_port<typename Port::value_type>>
auto sink(std::unique_ptr<Port> port) {
  return port_sink<typename Port::value_type>(std::move(port));
}

} // namespace cloudflow::stream
