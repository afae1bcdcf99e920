#include "cloudflow/stream/graph/builder.hpp"

#include "cloudflow/base/assert.hpp"

namespace cloudflow::stream {

void graph_builder::refuse_nested(const char* op) {
  const std::string inner = op;
  run_.refuse({"error",
               "'" + inner + "' stands in the flow of '" + nested_in_ +
                   "', which is made anew after a failure: elements under way in it would be lost and their offsets "
                   "never committed. Put '" +
                   inner + "' in front of or behind it; inside, use operators that handle one record at a time",
               nested_in_, std::nullopt});
}

std::string graph_builder::stateful(const char* op, std::string given) {
  if (nested_in_ != nullptr) {
    refuse_nested(op);
    return std::string(op);
  }
  stateful_ = true;
  auto name = std::move(given);
  if (name.empty()) {
    for (int i = 1; name.empty() || names_.contains(name); ++i) name = std::string(op) + "-" + std::to_string(i);
  } else if (names_.contains(name)) {
    run_.refuse({"error",
                 "two operators of one graph keep their state under the name '" + name + "': give each its own", op,
                 std::nullopt});
  }
  names_.insert(name);
  if (holder_ != nullptr && run_.state() != nullptr) {
    const std::string holder = holder_;
    run_.refuse({"error",
                 "'" + name + "' has durable state, and '" + holder +
                     "' behind it holds elements without any: after a restart the state would be ahead of what was "
                     "emitted. Put '" +
                     holder +
                     "' in front of the keyed operator, collect in a list_state of process instead, or run "
                     "without durable state",
                 op, std::nullopt});
  }
  return name;
}

void graph_builder::reads(const std::string& source, source_home home) {
  if (home == source_home::here) here_ = source;
  if (home == source_home::elsewhere) elsewhere_ = source;
}

void graph_builder::launch(runnable graph) {
  apart_.push_back(std::move(graph));
  while (!apart_.empty()) {
    auto next = std::move(apart_.front());
    apart_.pop_front();
    launch_one(std::move(next));
  }
}

void graph_builder::launch_one(runnable graph) {
  holder_ = nullptr;
  recovered_ = stateful_ = false;
  here_.clear();
  elsewhere_.clear();
  const auto first = run_.next_island_id();
  std::move(graph).launch(*this);
  if (!here_.empty() && !elsewhere_.empty())
    return run_.refuse({"error",
                        "'" + here_ + "' and '" + elsewhere_ +
                            "' meet in one graph, but they are read by different tasks: send both through a "
                            "repartition by the same key, or let each have its own streamlet",
                        here_, std::nullopt});
  if (!elsewhere_.empty() || (here_.empty() && !run_.is_home())) {
    left_out_ = left_out_ || run_.next_island_id() != first;
    return run_.leave_out(first);
  }
  if (stateful_) run_.note_stateful();
}

running runtime::run(runnable graph, run_options options) {
  CLOUDFLOW_ASSERT(!graph.empty(), "run() of a graph that was already run");
  auto run = std::make_shared<graph_run>(turns(), std::move(options));
  graph_builder builder(*run);
  builder.launch(std::move(graph));
  if (run->next_island_id() == 0 && builder.left_out()) return {};
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
