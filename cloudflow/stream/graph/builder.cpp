#include "cloudflow/stream/graph/builder.hpp"

#include "cloudflow/base/assert.hpp"

namespace cloudflow::stream {

running runtime::run(runnable graph, run_options options) {
  CLOUDFLOW_ASSERT(!graph.empty(), "run() of a graph that was already run");
  auto run = std::make_shared<graph_run>(turns(), std::move(options));
  graph_builder builder(*run);
  std::move(graph).launch(builder);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(runs_, [](const auto& old) { return old.expired(); });
    runs_.push_back(run);
  }
  run->start();
  return running(std::move(run));
}

std::vector<running> runtime::abort_all() {
  std::vector<running> left;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& weak : runs_) {
      if (auto run = weak.lock(); run && !run->finished()) left.emplace_back(std::move(run));
    }
  }
  for (const auto& each : left) each.abort();
  return left;
}

} // namespace cloudflow::stream
