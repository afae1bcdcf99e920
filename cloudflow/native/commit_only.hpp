#pragma once

#include "cloudflow/native/task.hpp"
#include "cloudflow/stream/sink/port.hpp"

#include <memory>
#include <utility>

namespace cloudflow::native {

/// A sink that lets elements go, and tells the task that their offsets are done. Confined to its island.
template <class T> class committing_port final : public stream::sink_port<T> {
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task

public:
  explicit committing_port(std::shared_ptr<task_services> task)
      : task_(std::move(task)) {}
  std::size_t room() override { return stream::unlimited; }
  void push(stream::batch<T>& elements) override {
    for (auto& run : elements.runs) run.token.acknowledge();
    task_->acknowledged();
  }
  bool arm(const stream::waker&) override { return false; }
  void end(const stream::ending&) override {}
  bool ended() override { return true; }
  std::string name() const override { return "commit_only"; }
};

/// What `ctx.commit_only()` gives: takes elements of any type.
class commit_only_sink {
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task

public:
  static constexpr bool needs_offsets = true;
  explicit commit_only_sink(std::shared_ptr<task_services> task)
      : task_(std::move(task)) {}
  template <class In> auto bind(stream::graph_builder&) && {
    return stream::port_stage<In>(std::make_unique<committing_port<In>>(std::move(task_)));
  }
};

/// What `ctx.committing_sink(out)` gives: `ctx.sink(out)` that asks for a stream of records.
template <class T> class committing_sink : public stream::port_sink<T> {
public:
  static constexpr bool needs_offsets = true;
  using stream::port_sink<T>::port_sink;
};

} // namespace cloudflow::native
