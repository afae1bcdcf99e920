#include "cloudflow/stream/run/running.hpp"

#include "cloudflow/base/assert.hpp"

namespace cloudflow::stream {

void graph_run::add(std::shared_ptr<island> added) { islands_.push_back(std::move(added)); }

void graph_run::start() {
  left_ = islands_.size();
  CLOUDFLOW_ASSERT(left_ > 0, "a graph without islands");
  self_ = shared_from_this();
  const auto all = islands_;
  for (const auto& each : all) each->start(executor_);
  for (const auto& each : all) each->wake();
}

std::shared_ptr<const failure> graph_run::why() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

void graph_run::wake_all() {
  std::vector<std::shared_ptr<island>> all;
  {
    const std::lock_guard lock(mutex_);
    all = islands_;
  }
  for (const auto& each : all) each->wake();
}

void graph_run::barrier(commit_id n, std::function<void()> all_have_it) {
  gate_.ask(n, std::move(all_have_it));
  wake_all();
}

void graph_run::release(commit_id n) {
  gate_.release(n);
  wake_all();
}

void graph_run::ask(request what) {
  if (what >= request::fail) gate_.lose();
  std::vector<std::shared_ptr<island>> all;
  {
    const std::lock_guard lock(mutex_);
    if (finished_ || request_.load(std::memory_order_relaxed) >= what) return;
    request_.store(what, std::memory_order_seq_cst);
    all = islands_;
  }
  for (const auto& each : all) each->wake();
}

void graph_run::fail(std::shared_ptr<const failure> why) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
  }
  ask(request::fail);
}

void graph_run::refuse(failure why) {
  const std::lock_guard lock(mutex_);
  if (failure_) return;
  failure_ = std::make_shared<const failure>(std::move(why));
  request_.store(request::fail, std::memory_order_seq_cst);
  gate_.lose();
}

void graph_run::note_drained() {
  const std::lock_guard lock(mutex_);
  drained_ = true;
}

void graph_run::island_done(island&) {
  std::vector<std::function<void(const run_result&)>> callbacks;
  std::vector<std::shared_ptr<island>> islands;
  std::shared_ptr<graph_run> self;
  {
    const std::lock_guard lock(mutex_);
    if (--left_ != 0) return;
    finished_ = true;
    if (failure_)
      result_ = {end_kind::fail, failure_};
    else if (request_.load(std::memory_order_relaxed) == request::abort)
      result_ = {end_kind::abort, nullptr};
    else
      result_ = {drained_ ? end_kind::drain : end_kind::complete, nullptr};
    for (const auto& each : islands_) last_look_.push_back(each->describe());
    callbacks.swap(callbacks_);
    islands.swap(islands_);
    self.swap(self_);
  }
  for (const auto& callback : callbacks) callback(result_);
}

bool graph_run::finished() const {
  const std::lock_guard lock(mutex_);
  return finished_;
}

void graph_run::on_completed(std::function<void(const run_result&)> callback) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) {
      callbacks_.push_back(std::move(callback));
      return;
    }
  }
  callback(result_);
}

std::vector<island_info> graph_run::describe() const {
  std::vector<std::shared_ptr<island>> all;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return last_look_;
    all = islands_;
  }
  std::vector<island_info> out;
  for (const auto& each : all) out.push_back(each->describe());
  return out;
}

run_result wait_for(const running& graph) {
  struct latch {
    std::mutex mutex;
    std::condition_variable over;
    std::optional<run_result> result;
  };
  const auto shared = std::make_shared<latch>(); // owners: this call and the callback
  graph.completed([shared](const run_result& result) {
    const std::lock_guard lock(shared->mutex);
    shared->result = result;
    shared->over.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  shared->over.wait(lock, [&] { return shared->result.has_value(); });
  return *shared->result;
}

} // namespace cloudflow::stream
