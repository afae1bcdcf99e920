#include "cloudflow/engine/native/instance_loop.hpp"

#include "cloudflow/base/logging.hpp"

#include <algorithm>
#include <limits>

namespace cloudflow::engine {

namespace {

backend::failure_report report_of(const stream::failure& f) {
  return {f.type, f.text, f.op, f.at ? f.at->text() : std::string()};
}

backend::failure_report report_of(const error& e, std::string where) {
  return {"log error", e.text(), std::move(where), {}};
}

} // namespace

instance_loop::instance_loop(backend::instance what, std::unique_ptr<streamlet::streamlet_base> code,
                             stream::runtime& runtime, const backend::host_services& host,
                             backend::phase_listener on_phase)
    : what_(std::move(what))
    , code_(std::move(code))
    , streamlet_(dynamic_cast<const native::streamlet*>(code_.get()))
    , runtime_(runtime)
    , host_(host)
    , on_phase_(std::move(on_phase)) {}

result<void> instance_loop::open() {
  if (!streamlet_)
    return user_error(errc::invalid_argument, "class '" + what_.settings.class_name +
                                                  "' says runtime 'native' but does "
                                                  "not derive from cloudflow::native::streamlet");
  services_ = std::make_shared<instance_services>(what_, host_, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  });
  if (auto done = services_->open(); !done) return done;
  // Co-partitioned inlets share a reader; every other inlet has its own.
  std::set<port_name> placed;
  for (const auto& group : what_.descriptor.co_partitioned) {
    if (auto done = open_reader(group); !done) return done;
    placed.insert(group.begin(), group.end());
  }
  for (const auto& inlet : what_.descriptor.inlets)
    if (!placed.contains(inlet.name))
      if (auto done = open_reader({inlet.name}); !done) return done;
  watch_keys();
  wake();
  return {};
}

// Several tasks: records of one key must not reach two of them.
void instance_loop::watch_keys() {
  if (std::none_of(readers_.begin(), readers_.end(), [](const auto& r) { return r->partitions > 1; })) return;
  std::string inputs;
  for (const auto& inlet : what_.descriptor.inlets)
    inputs += (inputs.empty() ? "topic '" : ", topic '") + what_.settings.ports.at(inlet.name).topic.value() + "'";
  auto& unlearned = host_.metrics->get_counter(
      "cloudflow_unwatched_keys_total", {{"app", what_.settings.app_id}, {"streamlet", what_.settings.name.value()}},
      "New keys of grouping operators that are not watched for reaching several tasks, because too many are already.");
  key_owners_ = std::make_shared<key_owners>(std::move(inputs), unlearned);
}

result<void> instance_loop::open_reader(std::vector<port_name> inlets) {
  auto r = std::make_unique<reader>();
  const auto& first = what_.settings.ports.at(inlets.front());
  log::consumer_options options;
  for (const auto& inlet : inlets) options.topics.push_back(what_.settings.ports.at(inlet).topic);
  options.group = first.group;
  options.client_id = what_.settings.app_id + "." + what_.settings.name.value();
  options.on_available = [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  };
  if (first.unique_group) {
    options.membership = log::membership::all_partitions;
    r->commits = false;
    r->all_partitions = true;
  }
  auto topic = host_.log->describe_topic(first.topic);
  if (!topic) return unexpected(topic.error());
  r->partitions = r->all_partitions ? std::numeric_limits<std::int32_t>::max() : topic->spec.partitions;
  auto consumer = host_.log->open_consumer(std::move(options));
  if (!consumer) return unexpected(consumer.error());
  r->consumer = std::move(*consumer);
  r->inlets = std::move(inlets);
  readers_.push_back(std::move(r));
  return {};
}

void instance_loop::wake() {
  for (auto state = turn_.load(std::memory_order_acquire);;) {
    if (state == turn_state::due || state == turn_state::again) return;
    const auto next = state == turn_state::idle ? turn_state::due : turn_state::again;
    if (turn_.compare_exchange_weak(state, next, std::memory_order_acq_rel)) {
      if (next == turn_state::due) runtime_.turns().submit(shared_from_this());
      return;
    }
  }
}

void instance_loop::run() {
  turn_.store(turn_state::running, std::memory_order_release);
  try {
    turn();
  } catch (...) {
    const auto what = stream::describe_exception("engine");
    fail(report_of(what));
  }
  auto expected = turn_state::running;
  if (turn_.compare_exchange_strong(expected, turn_state::idle, std::memory_order_acq_rel)) return;
  turn_.store(turn_state::due, std::memory_order_release);
  runtime_.turns().submit(shared_from_this());
}

void instance_loop::turn() {
  using enum backend::instance_phase;
  if (const auto now = phase(); now == completed || now == drained || now == failed) return;

  std::vector<std::pair<std::shared_ptr<native_task>, stream::run_result>> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(ended_);
  }
  for (auto& [t, how] : ended) {
    task_ended(*t, how);
    if (phase() == failed) return;
  }

  const auto asked = request_.load(std::memory_order_acquire);
  if (asked == request::abort) return fail({"aborted", "the application stopped it", "", ""});
  if (asked == request::drain && !draining_) {
    draining_ = true;
    if (const auto gate = services_->gate()) gate->release();
    for (auto& [id, t] : tasks_)
      if (!t->over) t->graph.drain();
  }

  if (tasks_.empty() && readers_.empty() && !draining_) {
    ensure_task(partition_id(0));
    if (phase() == failed) return;
    set_phase(ready);
  }
  bool again = false;
  if (!draining_ && !closing_)
    for (auto& r : readers_) {
      // Broadcast records go to every task: they wait until the tasks are there.
      if (r->all_partitions && !others_have_tasks()) continue;
      resume(*r);
      again = poll(*r) || again;
      if (phase() == failed) return;
      finish_revoked(*r);
    }
  if (phase() == starting && !readers_.empty() &&
      std::all_of(readers_.begin(), readers_.end(), [](const auto& r) { return !r->owned.empty(); }))
    set_phase(ready);

  commit(false);

  const bool all_over = std::all_of(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.second->over; });
  const bool inputs_over = std::all_of(readers_.begin(), readers_.end(), [](const auto& r) {
    return !r->owned.empty() && r->completed.size() == r->owned.size();
  });
  const bool work_over =
      !tasks_.empty() && all_over &&
      (inputs_over || std::all_of(tasks_.begin(), tasks_.end(), [](const auto& t) { return t.second->completed; }));
  if (!closing_ && ((draining_ && all_over) || (!draining_ && work_over && revoking_.empty()))) {
    closing_ = true;
    services_->producer().flush([weak = weak_from_this()](const result<void>&) {
      if (auto self = weak.lock()) {
        self->flushed_.store(true, std::memory_order_release);
        self->wake();
      }
    });
  }
  if (closing_ && flushed_.load(std::memory_order_acquire)) return finish(draining_ ? drained : completed);
  if (again) wake();
}

bool instance_loop::poll(reader& r) {
  const auto done = r.consumer->poll({}, polled_);
  // The end of a partition can come with its last records: they go into the feed before it is closed.
  const auto is_end = [](const auto& event) { return event.kind == log::consumer_event_kind::completed; };
  for (const auto& event : polled_.events)
    if (!is_end(event) && !on_event(r, event)) return false;
  if (!done) {
    fail(report_of(done.error(), "inlet " + r.inlets.front().value()));
    return false;
  }
  if (!polled_.records.empty()) dispatch(r, std::move(polled_.records));
  for (const auto& event : polled_.events)
    if (is_end(event)) on_event(r, event);
  return polled_.more;
}

partition_id instance_loop::task_of(const reader& r, partition_id partition) const {
  return r.all_partitions ? partition_id(0) : partition;
}

bool instance_loop::others_have_tasks() const {
  return std::all_of(readers_.begin(), readers_.end(),
                     [](const auto& r) { return r->all_partitions || !r->owned.empty(); });
}

std::vector<native_task*> instance_loop::tasks_reading(const reader& r, partition_id partition) const {
  std::vector<native_task*> out;
  for (const auto& [id, t] : tasks_)
    if (!t->over && (r.all_partitions || id == partition)) out.push_back(t.get());
  return out;
}

bool instance_loop::on_event(reader& r, const log::consumer_event& event) {
  using enum log::consumer_event_kind;
  for (const auto& p : event.positions) {
    const auto id = task_of(r, p.source.partition);
    switch (event.kind) {
    case assigned:
      r.owned.insert(p.source);
      if (!r.all_partitions || tasks_.empty()) ensure_task(id);
      if (phase() == backend::instance_phase::failed) return false;
      break;
    case revoking:
      revoking_.insert(id);
      if (const auto at = tasks_.find(id); at != tasks_.end() && !at->second->over) at->second->graph.drain();
      break;
    case lost:
      r.owned.erase(p.source);
      r.completed.erase(p.source);
      if (const auto at = tasks_.find(id); at != tasks_.end() && !at->second->over) {
        at->second->graph.abort();
        revoking_.insert(id);
      }
      break;
    case completed:
      r.completed.insert(p.source);
      if (r.all_partitions && r.completed.size() != r.owned.size()) break;
      for (auto* t : tasks_reading(r, p.source.partition))
        t->feeds().at(r.inlets[p.source.topic])->end({stream::end_kind::complete, nullptr});
      break;
    case end_of_partition: break;
    }
  }
  return true;
}

void instance_loop::dispatch(reader& r, log::record_batch&& records) {
  const auto batch = std::make_shared<const log::record_batch>(std::move(records));
  batch->for_each_run([&](const log::record_run& run) {
    const auto readers = tasks_reading(r, run.source.partition);
    if (readers.empty()) return;
    if (what_.settings.delivery == streamlet::delivery::at_most_once && r.commits) {
      const auto last = (*batch)[run.first + run.count - 1].offset.value();
      const log::source_position done{run.source, record_offset(last + 1)};
      r.consumer->commit({&done, 1});
    }
    bool full = false;
    for (auto* t : readers) {
      auto& feed = *t->feeds().at(r.inlets[run.source.topic]);
      feed.push({batch, run});
      full = full || feed.full();
    }
    if (full && !r.paused.contains(run.source)) {
      const log::source_partition source = run.source;
      if (r.consumer->pause({&source, 1})) r.paused.insert(source);
    }
  });
  idle_commits_ = 0;
  if (!commit_due_) {
    commit_due_ = runtime_.turns().clock().steady_now() + what_.settings.commit_interval;
    runtime_.turns().set_timer(shared_from_this(), *commit_due_);
  }
}

void instance_loop::resume(reader& r) {
  for (auto at = r.paused.begin(); at != r.paused.end();) {
    const auto readers = tasks_reading(r, at->partition);
    const bool full = std::any_of(readers.begin(), readers.end(),
                                  [&](auto* t) { return t->feeds().at(r.inlets[at->topic])->full(); });
    if (full) {
      ++at;
      continue;
    }
    const log::source_partition source = *at;
    (void)r.consumer->resume({&source, 1}); // refused only for a partition that was lost meanwhile
    at = r.paused.erase(at);
  }
}

void instance_loop::ensure_task(partition_id id) {
  if (tasks_.contains(id)) return;
  auto t = std::make_shared<native_task>(id, services_);
  tasks_[id] = t;
  // An inlet with fewer partitions has nothing for this task.
  for (const auto& r : readers_)
    if (id.value() >= r->partitions)
      for (const auto& inlet : r->inlets) t->feeds().at(inlet)->end({stream::end_kind::complete, nullptr});
  start_task(*t);
}

void instance_loop::start_task(native_task& t) {
  stream::runnable graph;
  std::shared_ptr<native::context> context; // owner: the graph's callback; not the task, which the context owns
  try {
    context = std::make_shared<native::context>(what_.settings, tasks_.at(t.task()));
    graph = streamlet_->build(*context);
  } catch (...) {
    auto why = stream::describe_exception("build()");
    return fail(report_of(why));
  }
  if (graph.empty()) {
    if (!what_.descriptor.inlets.empty() || !what_.descriptor.outlets.empty())
      return fail({"error", "build() returned an empty graph, but the streamlet has ports", "build()", ""});
    t.over = t.completed = true;
    return;
  }
  stream::run_options options;
  if (key_owners_) options.guard = key_owners_->guard_of(t.task());
  t.graph = runtime_.run(std::move(graph), std::move(options));
  {
    const std::lock_guard lock(mutex_);
    graphs_.push_back(t.graph);
    ++running_;
  }
  t.graph.completed([weak = weak_from_this(), kept = tasks_.at(t.task()), context](const stream::run_result& how) {
    const auto self = weak.lock();
    if (!self) return;
    {
      const std::lock_guard lock(self->mutex_);
      self->ended_.emplace_back(kept, how);
      --self->running_;
    }
    self->quiet_.notify_all();
    self->wake();
  });
}

void instance_loop::task_ended(native_task& t, const stream::run_result& how) {
  t.over = true;
  t.completed = how.kind == stream::end_kind::complete;
  if (how.kind == stream::end_kind::fail)
    fail(how.why ? report_of(*how.why) : backend::failure_report{"error", "unknown", "", ""});
}

// Gives back partitions whose task has drained, behind a last commit.
void instance_loop::finish_revoked(reader& r) {
  std::vector<log::source_partition> free;
  for (const auto& source : r.owned) {
    const auto id = task_of(r, source.partition);
    const auto at = tasks_.find(id);
    if (revoking_.contains(id) && (at == tasks_.end() || at->second->over)) free.push_back(source);
  }
  if (free.empty()) return;
  commit(true);
  (void)r.consumer->release(free); // refused only for a partition that was lost meanwhile
  for (const auto& source : free) {
    r.owned.erase(source);
    r.completed.erase(source);
    r.paused.erase(source);
    const auto id = task_of(r, source.partition);
    tasks_.erase(id);
    if (key_owners_) key_owners_->forget(id);
    revoking_.erase(id);
  }
}

void instance_loop::commit(bool last) {
  const auto now = runtime_.turns().clock().steady_now();
  if (!last && (!commit_due_ || now < *commit_due_)) {
    // Something was acknowledged after the timer had gone to sleep.
    if (!commit_due_ && idle_commits_ > 0) {
      idle_commits_ = 0;
      commit_due_ = now + what_.settings.commit_interval;
      runtime_.turns().set_timer(shared_from_this(), *commit_due_);
    }
    return;
  }
  bool moved = false;
  bool outstanding = false;
  for (auto& r : readers_) {
    std::vector<log::source_position> positions;
    for (auto& [id, t] : tasks_)
      for (std::uint32_t topic = 0; topic < r->inlets.size(); ++topic) {
        auto& tracker = t->feeds().at(r->inlets[topic])->tracker();
        for (const auto& p : tracker.take_progress())
          if (r->owned.contains({topic, p.partition})) positions.push_back({{topic, p.partition}, p.next});
        outstanding = outstanding || tracker.outstanding() > 0;
      }
    if (positions.empty()) continue;
    moved = true;
    if (r->commits && what_.settings.delivery != streamlet::delivery::at_most_once) r->consumer->commit(positions);
  }
  commit_due_.reset();
  if (last) return;
  // Sleeps when there is nothing left to commit, or nothing has moved for a while: a window holds its offsets without
  // costing a wake-up. What is acknowledged later wakes the loop.
  idle_commits_ = moved ? 0 : idle_commits_ + 1;
  if (moved || (outstanding && idle_commits_ < 3)) {
    commit_due_ = now + what_.settings.commit_interval;
    runtime_.turns().set_timer(shared_from_this(), *commit_due_);
  } else {
    idle_commits_ = std::max(idle_commits_, 1);
  }
}

void instance_loop::fail(backend::failure_report why) {
  {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(why);
  }
  for (auto& [id, t] : tasks_)
    if (t->graph && !t->over) t->graph.abort();
  commit(true);
  finish(backend::instance_phase::failed);
}

void instance_loop::finish(backend::instance_phase phase) {
  commit(true);
  runtime_.turns().cancel_timer(*this);
  for (auto& r : readers_)
    if (auto done = r->consumer->close(); !done)
      logging::warn("native", "a consumer did not close cleanly", logging::kv("streamlet", what_.settings.name.value()),
                    logging::kv("error", done.error().text()));
  if (phase == backend::instance_phase::completed)
    for (const auto& outlet : what_.descriptor.outlets) {
      const auto& topic = what_.settings.ports.at(outlet.name).topic;
      if (auto done = host_.log->complete_writer(topic, what_.settings.app_id + "." + what_.settings.name.value());
          !done && done.error().code != errc::unsupported)
        logging::warn("native", "a topic could not be closed", logging::kv("topic", topic.value()),
                      logging::kv("error", done.error().text()));
    }
  set_phase(phase);
  {
    const std::lock_guard lock(mutex_);
    over_ = true;
  }
  quiet_.notify_all();
}

void instance_loop::set_phase(backend::instance_phase phase) {
  backend::phase_listener tell;
  {
    const std::lock_guard lock(mutex_);
    if (phase_ == phase || phase_ == backend::instance_phase::failed) return; // failed is final
    phase_ = phase;
    tell = on_phase_;
  }
  const auto logger = "streamlet." + what_.settings.name.value();
  if (phase == backend::instance_phase::failed && failure_)
    logging::error(logger, "failed", logging::kv("type", failure_->type), logging::kv("what", failure_->text),
                   logging::kv("where", failure_->op), logging::kv("record", failure_->position));
  else
    logging::info(logger, backend::name_of(phase), logging::kv("class", what_.settings.class_name));
  if (tell) tell(what_.settings.name, phase);
}

void instance_loop::drain() {
  auto expected = request::none;
  request_.compare_exchange_strong(expected, request::drain, std::memory_order_acq_rel);
  wake();
}

void instance_loop::abort() {
  request_.store(request::abort, std::memory_order_release);
  wake();
}

void instance_loop::forget_listener() {
  const std::lock_guard lock(mutex_);
  on_phase_ = nullptr;
}

void instance_loop::wait_until_over() {
  std::unique_lock lock(mutex_);
  quiet_.wait(lock, [&] { return over_ && running_ == 0; });
}

backend::instance_phase instance_loop::phase() const {
  const std::lock_guard lock(mutex_);
  return phase_;
}

std::optional<backend::failure_report> instance_loop::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

std::vector<std::string> instance_loop::describe() const {
  std::vector<stream::running> graphs;
  {
    const std::lock_guard lock(mutex_);
    graphs = graphs_;
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

} // namespace cloudflow::engine
