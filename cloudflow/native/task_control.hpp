#pragma once

#include "cloudflow/stream/run/running.hpp"

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::native {

/// What user code says of the run of its task, and hears of it. Owners: the task and the handles of user code.
/// Thread-safe.
class CLOUDFLOW_API task_control {
  mutable std::mutex mutex_;
  stream::running graph_;           // since it runs
  std::function<void()> end_input_; // since it runs
  std::function<void()> on_ready_;
  std::vector<std::function<void(const stream::ending&)>> stops_;
  std::vector<std::function<void()>> closes_;
  std::optional<stream::failure> failed_; // before it ran
  int holds_ = 0;
  bool completed_ = false; // before it ran
  bool writes_ = false;
  bool over_ = false;

public:
  // for user code, by `run_signals` and context
  void hold_ready();
  void ready();
  void complete();
  void fail(std::string why);
  /// Calls once when the graph is over, on a worker; at once if it is. The last one that asked is called first.
  void on_stop(std::function<void(const stream::ending&)> call);

  // for writers
  /// Calls when the graph is over and `on_stop` was told.
  void add_writer(std::function<void()> close);

  // for who runs the task
  /// Before the start: user code writes by itself, so the task goes on also without a graph.
  [[nodiscard]] bool writes() const;
  [[nodiscard]] bool holds_ready() const;
  /// The graph runs. `end_input` makes its input complete, `on_ready` is called when the last hold is given back.
  void started(stream::running graph, std::function<void()> end_input, std::function<void()> on_ready);
  /// The graph is over, or will never run.
  void stopped(const stream::ending& how);
};

/// What a streamlet says of its own run; from `ctx.signals()`. A cheap copy that handlers, callbacks and threads of
/// one's own may keep; when the run is over it does nothing. Thread-safe.
class run_signals {
  std::shared_ptr<task_control> task_; // owners: the task and the copies of this

public:
  explicit run_signals(std::shared_ptr<task_control> task)
      : task_(std::move(task)) {}

  /// Inside `build`: the streamlet is not ready before `ready()` was called as often as this.
  void hold_ready() const { task_->hold_ready(); }
  void ready() const { task_->ready(); }
  /// The input is over, though nobody said so: what was read goes through, then the task completes. Of a streamlet
  /// without inlets the sources stop.
  void complete() const { task_->complete(); }
  /// The streamlet cannot go on: it fails with this report, and is started again as after any failure.
  void fail(std::string why) const { task_->fail(std::move(why)); }
};

} // namespace cloudflow::native
