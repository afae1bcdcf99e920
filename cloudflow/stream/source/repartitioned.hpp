#pragma once

#include "cloudflow/stream/sink/port.hpp"
#include "cloudflow/stream/source/port_source.hpp"

#include <memory>
#include <utility>

namespace cloudflow::stream {

/// The two ends of a way through a log: what is written at one is read at the other, by the task that has the key.
template <class T> struct repartition_ends {
  std::unique_ptr<sink_port<T>> into;
  std::unique_ptr<source_port<T>> out_of;
};

/// Sends each element to the task that has its key, through an internal topic: cuts a graph in two halves that meet in
/// nothing else. `ctx.source(in).map(f).repartition_by(ctx.by(by_gauge)).key_by(&average::gauge)...`.
/// Shape: 1 -> 1, type kept; order kept of elements that come from one task under one key.
/// - Emits what any task of the first half has written under a key of this task, when that is committed (exactly-once)
///   or written. Backpressures each half by itself: the topic lies between them.
/// - The event time of elements crosses. The watermark is the least of those that the tasks of the first half have
///   told with their commits; one that told nothing for `idle_after` (by the log's time) does not count.
/// - Completes when all tasks of the first half completed and everything was read. On drain both halves stop, and what
///   is in the topic stays there.
/// - Cancels the second half only: when downstream cancels, the first half goes on writing. Fails when either half
///   fails.
/// Keeps: durable state: table "repartition-1" or so: what the tasks of the first half told of event time; beside it
/// the topic, and the offset read in it. Page: docs/develop/repartition.md
template <class Source> class repartitioned_source {
public:
  using value_type = typename Source::value_type;

private:
  Source source_;
  repartition_ends<value_type> ends_;

public:
  repartitioned_source(Source source, repartition_ends<value_type> ends)
      : source_(std::move(source))
      , ends_(std::move(ends)) {}
  template <class Chain> void launch(graph_builder& into, Chain chain) {
    port_source<value_type>(std::move(ends_.out_of)).launch(into, std::move(chain));
    into.apart(
        runnable([source = std::move(source_), sink = port_sink(std::move(ends_.into))](graph_builder& first) mutable {
          source.launch(first, std::move(sink).template bind<value_type>(first));
        }));
  }
};

} // namespace cloudflow::stream
