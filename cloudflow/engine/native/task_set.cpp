#include "cloudflow/engine/native/task_set.hpp"

#include "cloudflow/base/work_mark.hpp"

#include <algorithm>

namespace cloudflow::engine {

backend::failure_report report_of(const stream::failure& f) {
  return {f.type, f.text, f.op, f.at ? f.at->text() : std::string()};
}

task_set::task_set(const backend::instance& what, const native::streamlet& streamlet, stream::runtime& runtime,
                   std::shared_ptr<instance_services> services)
    : what_(what)
    , streamlet_(streamlet)
    , runtime_(runtime)
    , services_(std::move(services)) {}

void task_set::watch_keys() {
  std::string inputs;
  for (const auto& inlet : what_.descriptor.inlets)
    inputs += (inputs.empty() ? "topic '" : ", topic '") + what_.settings.ports.at(inlet.name).topic.value() + "'";
  auto& unlearned = services_->host().metrics->get_counter(
      "cloudflow_unwatched_keys_total", {{"app", what_.settings.app_id}, {"streamlet", what_.settings.name.value()}},
      "New keys of grouping operators that are not watched for reaching several tasks, because too many are already.");
  key_owners_ = std::make_shared<key_owners>(std::move(inputs), unlearned);
}

std::optional<backend::failure_report> task_set::start(partition_id id,
                                                       const std::vector<std::unique_ptr<reader>>& readers,
                                                       std::shared_ptr<native::changelog_state> state) {
  auto& e = tasks_[id];
  e.task = std::make_shared<native_task>(id, services_);
  // An inlet with fewer partitions has nothing for this task.
  for (const auto& r : readers)
    if (!r->feeds(id))
      for (const auto& inlet : r->inlets()) e.task->feeds().at(inlet)->end({stream::end_kind::complete, nullptr});
  stream::runnable graph;
  std::shared_ptr<native::context> context; // owner: the graph's callback; not the task, which the context owns
  try {
    const work_scope mark({what_.settings.name.value().c_str(), "build()"});
    context = std::make_shared<native::context>(what_.settings, e.task);
    graph = streamlet_.build(*context);
  } catch (...) {
    auto why = std::make_shared<const stream::failure>(stream::describe_exception("build()"));
    e.task->control()->stopped({stream::end_kind::fail, why});
    return report_of(*why);
  }
  if (graph.empty() && e.task->control()->writes()) // user code writes until it is told to stop
    graph = stream::source(stream::queue_source<char>(1)).to(stream::ignore());
  if (graph.empty()) {
    e.completed = true;
    e.task->control()->stopped({});
    if (what_.descriptor.inlets.empty() && what_.descriptor.outlets.empty()) return std::nullopt;
    return backend::failure_report{"error", "build() returned an empty graph, but the streamlet has ports", "build()",
                                   ""};
  }
  stream::run_options options;
  options.owner = what_.settings.name.value();
  if (key_owners_) options.guard = key_owners_->guard_of(id);
  options.state = state;
  options.home = !what_.half;
  e.state = std::move(state);
  e.graph = runtime_.run(std::move(graph), std::move(options));
  if (!e.graph)
    return backend::failure_report{"error",
                                   what_.half
                                       ? "nothing in build() reads the repartition '" + what_.half->value() + "'"
                                       : "nothing in build() reads an inlet: all of it stands behind repartitions",
                                   "build()", ""};
  stateful_ = stateful_ || (e.state && e.graph.is_stateful());
  e.over = false;
  e.counters.emplace(*services_->host().metrics, what_.settings.app_id, what_.settings.name.value());
  {
    const std::lock_guard lock(news_->mutex);
    ++news_->running;
    news_->graphs[id] = e.graph;
  }
  e.task->control()->started(
      e.graph,
      [feeds = e.task->feeds(), graph = e.graph] {
        for (const auto& [inlet, feed] : feeds) feed->end({stream::end_kind::complete, nullptr});
        if (feeds.empty()) graph.drain();
      },
      [services = std::weak_ptr(services_)] {
        if (const auto s = services.lock()) s->wake_loop();
      });
  e.graph.completed([news = news_, services = services_, kept = e.task, context](const stream::run_result& how) {
    kept->control()->stopped(how);
    {
      const std::lock_guard lock(news->mutex);
      news->ended.emplace_back(kept, how);
      --news->running;
    }
    news->quiet.notify_all();
    services->wake_loop();
  });
  return std::nullopt;
}

std::optional<backend::failure_report> task_set::hear() {
  std::vector<std::pair<std::shared_ptr<native_task>, stream::run_result>> ended;
  {
    const std::lock_guard lock(news_->mutex);
    ended.swap(news_->ended);
  }
  std::optional<backend::failure_report> failed;
  for (const auto& [which, how] : ended)
    for (auto& [id, e] : tasks_) {
      if (e.task != which) continue;
      e.over = true;
      e.counters->look(e.graph);
      e.completed = how.kind == stream::end_kind::complete;
      if (how.kind == stream::end_kind::fail && !failed)
        failed = how.why ? report_of(*how.why) : backend::failure_report{"error", "unknown", "", ""};
    }
  return failed;
}

void task_set::leave(partition_id id) {
  const auto at = tasks_.find(id);
  if (at == tasks_.end() || at->second.leaving) return;
  at->second.leaving = true;
  if (!at->second.over) at->second.graph.drain();
}

void task_set::forfeit(partition_id id, const reader& lost_by) {
  const auto at = tasks_.find(id);
  if (at == tasks_.end()) return;
  for (const auto& inlet : lost_by.inlets()) at->second.task->feeds().at(inlet)->tracker().forget(id);
  at->second.leaving = at->second.aborted = true;
  if (!at->second.over) at->second.graph.abort();
}

std::vector<partition_id> task_set::left() const {
  std::vector<partition_id> out;
  for (const auto& [id, e] : tasks_)
    if (e.leaving && e.over) out.push_back(id);
  return out;
}

void task_set::remove(partition_id id) {
  tasks_.erase(id);
  if (key_owners_) key_owners_->forget(id);
  const std::lock_guard lock(news_->mutex);
  news_->graphs.erase(id);
}

void task_set::drain() {
  for (auto& [id, e] : tasks_)
    if (!e.over) e.graph.drain();
}

void task_set::abort() {
  for (auto& [id, e] : tasks_)
    if (!e.over) e.graph.abort();
}

std::vector<std::pair<partition_id, stream::running>> task_set::graphs() const {
  std::vector<std::pair<partition_id, stream::running>> out;
  for (const auto& [id, e] : tasks_)
    if (!e.over && !e.aborted) out.emplace_back(id, e.graph);
  return out;
}

bool task_set::all_over() const {
  return std::all_of(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.second.over; });
}

bool task_set::all_completed() const {
  return !tasks_.empty() && std::all_of(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.second.completed; });
}

std::vector<native::record_feed*> task_set::feeds_of(const reader& r, log::source_partition source) const {
  std::vector<native::record_feed*> out;
  for (const auto& [id, e] : tasks_)
    if (!e.over && !e.leaving && (r.is_broadcast() || id == source.partition))
      out.push_back(e.task->feeds().at(r.inlets()[source.topic]).get());
  return out;
}

void task_set::publish_counters() {
  for (auto& [id, e] : tasks_)
    if (!e.over) e.counters->look(e.graph);
}

std::vector<std::string> task_set::describe() const {
  std::vector<stream::running> graphs;
  {
    const std::lock_guard lock(news_->mutex);
    for (const auto& [id, graph] : news_->graphs) graphs.push_back(graph);
  }
  std::vector<std::string> lines;
  for (const auto& graph : graphs)
    for (const auto& island : graph.describe()) {
      std::string line =
          island.name + ": " + island.state + ", waits for " + std::string(stream::name_of(island.waits_for));
      line += ", " + std::to_string(island.elements) + " elements";
      for (const auto& q : island.inputs)
        line += ", queue " + q.name + " " + std::to_string(q.fill) + "/" + std::to_string(q.capacity);
      lines.push_back(std::move(line));
    }
  return lines;
}

void task_set::wait_until_quiet() {
  std::unique_lock lock(news_->mutex);
  news_->quiet.wait(lock, [&] { return news_->running == 0; });
}

} // namespace cloudflow::engine
