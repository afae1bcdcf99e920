#include "cloudflow/engine/native/instance_loop.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/engine/native/halves.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace cloudflow::engine {

namespace {

// Of a streamlet that commits nothing; others publish their counters with each commit.
constexpr auto counting_interval = std::chrono::seconds(1);

backend::failure_report report_of(const error& e, std::string where) {
  return {"log error", e.text(), std::move(where), {}};
}

} // namespace

instance_loop::instance_loop(backend::instance what, std::unique_ptr<streamlet::streamlet_base> code,
                             stream::runtime& runtime, const backend::host_services& host,
                             backend::phase_listener on_phase)
    : what_(std::move(what))
    , code_(std::move(code))
    , runtime_(runtime)
    , host_(host)
    , status_(what_.settings, std::move(on_phase)) {}

result<void> instance_loop::open() {
  const auto* streamlet = dynamic_cast<const native::streamlet*>(code_.get());
  if (streamlet == nullptr)
    return user_error(errc::invalid_argument, "class '" + what_.settings.class_name +
                                                  "' says runtime 'native' but does "
                                                  "not derive from cloudflow::native::streamlet");
  services_ = std::make_shared<instance_services>(what_, host_, [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  });
  if (auto done = services_->open(); !done) return done;
  tasks_.emplace(what_, *streamlet, runtime_, services_);
  const auto wake_at = [weak = weak_from_this()](auto due) {
    if (auto self = weak.lock()) self->runtime_.turns().set_timer(self, due);
  };
  committer_.emplace(what_.settings, runtime_.turns().clock(), wake_at, services_);
  cycle_.emplace(what_.settings, runtime_.turns().clock(), wake_at, services_);
  // Co-partitioned inlets share a reader; every other inlet has its own.
  std::set<port_name> placed;
  for (const auto& group : what_.descriptor.co_partitioned) {
    if (auto done = open_reader(group); !done) return done;
    placed.insert(group.begin(), group.end());
  }
  for (const auto& inlet : what_.descriptor.inlets)
    if (!placed.contains(inlet.name))
      if (auto done = open_reader({inlet.name}); !done) return done;
  const auto has_tasks = [](const auto& r) { return !r->is_broadcast() && r->partitions() > 1; };
  if (std::any_of(readers_.begin(), readers_.end(), has_tasks)) tasks_->watch_keys();
  wake();
  return {};
}

result<void> instance_loop::open_reader(std::vector<port_name> inlets) {
  auto opened = reader::open(what_, *host_.log, std::move(inlets), [weak = weak_from_this()] {
    if (auto self = weak.lock()) self->wake();
  });
  if (!opened) return unexpected(opened.error());
  readers_.push_back(std::move(*opened));
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
    fail(engine::report_of(stream::describe_exception("engine")));
  }
  auto expected = turn_state::running;
  if (turn_.compare_exchange_strong(expected, turn_state::idle, std::memory_order_acq_rel)) return;
  turn_.store(turn_state::due, std::memory_order_release);
  runtime_.turns().submit(shared_from_this());
}

void instance_loop::turn() {
  if (status_.is_final()) return;
  if (auto why = tasks_->hear()) return fail(std::move(*why));
  if (!obey_requests()) return;
  if (!draining_ && readers_.empty() && tasks_->empty()) open_task(partition_id(0));
  const bool state_wants = wants_commit_.exchange(false, std::memory_order_acq_rel);
  if (services_->take_wanted_commit() || state_wants) {
    if (commits_by_barrier())
      cycle_->hurry();
    else
      committer_->hurry();
  }
  bool again = false;
  if (!draining_ && !closing_ && !stop_) {
    again = read();
    if (!status_.is_final()) replace_left();
    if (!status_.is_final()) start_opened();
  }
  if (status_.is_final()) return;
  if (!draining_ && status_.phase() == backend::instance_phase::starting && is_ready())
    status_.enter(backend::instance_phase::ready);
  commit_when_due();
  if (status_.is_final()) return;
  heed_stop();
  if (status_.is_final()) return;
  close_if_done();
  if (again) wake();
}

bool instance_loop::is_ready() const {
  if (!opening_.empty() ||
      !std::all_of(readers_.begin(), readers_.end(), [](const auto& r) { return r->owns_something(); }))
    return false;
  bool held = false;
  tasks_->for_each([&](const native_task& t) { held = held || t.control()->holds_ready(); });
  return !held;
}

void instance_loop::commit_when_due() {
  const auto now = runtime_.turns().clock().steady_now();
  bool commits = false;
  if (commits_by_barrier()) {
    const auto before = cycle_->next();
    if (auto why = cycle_->advance(readers_, *tasks_)) return fail(report_of(*why, "commit"));
    commits = cycle_->next() != before;
    if (cycle_->is_idle() && (!opening_.empty() || !settled_by_.empty())) wake(); // they waited for that
  } else {
    const auto looked = committer_->look(readers_, *tasks_);
    if (!looked) return fail(report_of(looked.error(), "commit"));
    commits = *looked;
  }
  if (!commits && now - counted_at_ < counting_interval) return;
  counted_at_ = now;
  tasks_->publish_counters();
}

void instance_loop::heed_stop() {
  if (!stop_) {
    stop_ = services_->take_stop();
    if (!stop_) return;
    if (commits_by_barrier()) {
      stops_behind_ = cycle_->next();
      cycle_->hurry();
      return wake();
    }
  }
  if (commits_by_barrier()) {
    if (cycle_->has_done(stops_behind_)) fail(std::move(*stop_));
    return;
  }
  const auto committed = committer_->commit(readers_, *tasks_, last_progress_taken_);
  if (!committed) return fail(report_of(committed.error(), "commit"));
  if (*committed) fail(std::move(*stop_));
}

// False: there is nothing more to do.
bool instance_loop::obey_requests() {
  const auto asked = request_.load(std::memory_order_acquire);
  if (asked == request::abort) {
    fail({"aborted", "the application stopped it", "", ""});
    return false;
  }
  if (asked == request::drain && !draining_) {
    draining_ = true;
    if (const auto gate = services_->gate()) gate->release();
    tasks_->drain();
  }
  return true;
}

bool instance_loop::read() {
  bool again = false;
  for (auto& r : readers_) {
    // Broadcast records go to every task: they wait until the tasks are there.
    if (r->is_broadcast() && !others_have_tasks()) continue;
    r->resume_paused([&](log::source_partition source) {
      const auto feeds = tasks_->feeds_of(*r, source);
      return std::any_of(feeds.begin(), feeds.end(), [](const auto* feed) { return feed->full(); });
    });
    again = poll(*r) || again;
    if (status_.is_final()) return false;
  }
  return again;
}

bool instance_loop::poll(reader& r) {
  const auto done = r.poll(polled_);
  for (const auto& event : polled_.events) {
    on_event(r, event);
    if (status_.is_final()) return false;
  }
  if (!done) {
    fail(report_of(done.error(), "inlet " + r.inlets().front().value()));
    return false;
  }
  if (!polled_.records.empty()) dispatch(r, std::move(polled_.records));
  // The end of a partition can come with its last records: they go into the feed before it is closed.
  for (const auto& event : polled_.events)
    if (event.kind == log::consumer_event_kind::completed) end_feeds(r, event);
  return polled_.more;
}

bool instance_loop::others_have_tasks() const {
  return std::all_of(readers_.begin(), readers_.end(),
                     [](const auto& r) { return r->is_broadcast() || r->owns_something(); });
}

void instance_loop::on_event(reader& r, const log::consumer_event& event) {
  using enum log::consumer_event_kind;
  if (event.kind == completed || event.kind == end_of_partition) return;
  if (r.is_broadcast()) {
    if (event.kind == assigned && tasks_->empty()) open_task(partition_id(0)); // every inlet is one
    return;
  }
  for (const auto& p : event.positions) {
    const auto id = p.source.partition;
    if (event.kind == assigned)
      open_task(id);
    else if (event.kind == revoking)
      tasks_->leave(id);
    else if (services_->transactional() && tasks_->contains(id))
      return fail({"lost partition",
                   "partition " + std::to_string(id.value()) +
                       " was given to another while it was "
                       "read: what came of it is not committed",
                   "inlet " + r.inlets().front().value(), ""});
    else {
      tasks_->forfeit(id, r);
      cycle_->forget(id);
    }
    if (status_.is_final()) return;
  }
}

void instance_loop::end_feeds(reader& r, const log::consumer_event& completed) {
  if (r.is_broadcast() && !r.has_read_all()) return;
  for (const auto& p : completed.positions)
    for (auto* feed : tasks_->feeds_of(r, p.source)) feed->end({stream::end_kind::complete, nullptr});
}

void instance_loop::dispatch(reader& r, log::record_batch&& records) {
  const auto batch = std::make_shared<const log::record_batch>(std::move(records));
  batch->for_each_run([&](const log::record_run& run) {
    const auto feeds = tasks_->feeds_of(r, run.source);
    if (feeds.empty()) return; // its task leaves: the next one reads them anew
    const auto last = (*batch)[run.first + run.count - 1].offset.value();
    committer_->reading(r, run.source, record_offset(last + 1));
    bool full = false;
    for (auto* feed : feeds) {
      feed->push({batch, run});
      full = full || feed->full();
    }
    if (full) r.pause(run.source);
  });
  if (commits_by_barrier())
    cycle_->note_read();
  else
    committer_->note_read();
}

void instance_loop::open_task(partition_id id) {
  if (tasks_->contains(id) || opening_.contains(id)) return; // one that leaves is replaced when it is over
  opening task;
  if (what_.settings.delivery != streamlet::delivery::at_most_once) {
    const auto wake_loop = [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->wake();
    };
    task.state = std::make_shared<native::changelog_state>(what_.settings.name.value(), [weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->wants_commit_.store(true, std::memory_order_release);
        self->wake();
      }
    });
    auto reader = native::changelog_reader::open(*host_.log, services_->changelog(), id, wake_loop);
    if (!reader) return fail(report_of(reader.error(), "state"));
    task.reader = std::move(*reader);
  }
  opening_.emplace(id, std::move(task));
}

void instance_loop::start_opened() {
  if (!cycle_->is_idle()) return;
  for (auto at = opening_.begin(); at != opening_.end();) {
    auto& [id, task] = *at;
    const auto feeds = [&, task_id = id](const auto& r) { return !r->is_broadcast() && r->owns(task_id); };
    const bool all_broadcast =
        std::all_of(readers_.begin(), readers_.end(), [](const auto& r) { return r->is_broadcast(); });
    if (!all_broadcast && std::none_of(readers_.begin(), readers_.end(), feeds)) { // taken away again
      at = opening_.erase(at);
      continue;
    }
    if (task.reader) {
      const auto progress = task.reader->read(*task.state);
      if (!progress) return fail(report_of(progress.error(), "state"));
      if (*progress != native::changelog_reader::progress::done) {
        if (*progress == native::changelog_reader::progress::more) wake();
        ++at;
        continue;
      }
    }
    start_task(id, std::move(task.state));
    if (status_.is_final()) return;
    at = opening_.erase(at);
    wake(); // what was rewound is there
  }
}

void instance_loop::start_task(partition_id id, std::shared_ptr<native::changelog_state> state) {
  for (auto& r : readers_) r->rewind(id); // what an earlier task had read and did not finish
  if (auto why = tasks_->start(id, readers_, std::move(state))) return fail(std::move(*why));
  for (const auto& inlet : tasks_->task(id).from_latest())
    for (auto& r : readers_)
      if (auto done = r->begin_at_end(id, inlet, *host_.log, what_.settings.ports.at(inlet).topic); !done)
        return fail(report_of(done.error(), "inlet " + inlet.value()));
}

bool instance_loop::settled(partition_id left) {
  if (!commits_by_barrier()) return true;
  const auto commit = settled_by_.try_emplace(left, cycle_->next()).first->second;
  if (cycle_->has_done(commit)) return true;
  cycle_->hurry();
  return false;
}

// Behind the last commit of tasks that left, their partitions are given back; where an inlet still owns its own, a
// fresh task goes on.
void instance_loop::replace_left() {
  auto left = tasks_->left();
  std::erase_if(left, [&](const auto id) { return !settled(id); });
  bool any = !left.empty();
  for (const auto& r : readers_)
    for (const auto id : r->asked_back()) any = any || !tasks_->contains(id);
  if (!any) return;
  if (!commits_by_barrier()) {
    const auto committed = committer_->commit(readers_, *tasks_, left_progress_taken_);
    if (!committed) return fail(report_of(committed.error(), "commit"));
    if (!*committed) return;
  }
  for (const auto id : left) {
    tasks_->remove(id);
    settled_by_.erase(id);
  }
  for (const auto& r : readers_)
    for (const auto id : r->asked_back())
      if (!tasks_->contains(id)) r->release(id);
  for (const auto id : left) {
    const auto feeds = [&](const auto& r) { return !r->is_broadcast() && r->owns(id); };
    if (std::any_of(readers_.begin(), readers_.end(), feeds)) open_task(id);
    if (status_.is_final()) return;
  }
  if (!left.empty()) wake(); // what was rewound is there
}

void instance_loop::close_if_done() {
  if (stop_) return;
  const bool inputs_over =
      std::all_of(readers_.begin(), readers_.end(), [](const auto& r) { return r->has_read_all(); });
  const bool work_over = !tasks_->empty() && opening_.empty() && tasks_->all_over() && tasks_->left().empty() &&
                         (inputs_over || tasks_->all_completed());
  if (!closing_ && (draining_ ? tasks_->all_over() : work_over)) {
    closing_ = true;
    if (commits_by_barrier()) {
      last_commit_ = cycle_->next();
      cycle_->hurry();
      return wake();
    }
    services_->producer().flush([weak = weak_from_this()](const result<void>&) {
      if (auto self = weak.lock()) {
        self->flushed_.store(true, std::memory_order_release);
        self->wake();
      }
    });
  }
  if (!closing_) return;
  if (commits_by_barrier()) {
    if (!cycle_->has_done(last_commit_)) return;
  } else {
    if (!flushed_.load(std::memory_order_acquire)) return;
    const auto committed = committer_->commit(readers_, *tasks_, last_progress_taken_);
    if (!committed) return fail(report_of(committed.error(), "commit"));
    if (!*committed) return;
  }
  if (!std::exchange(plain_asked_, true))
    services_->flush_plain([weak = weak_from_this()] {
      if (auto self = weak.lock()) {
        self->plain_flushed_.store(true, std::memory_order_release);
        self->wake();
      }
    });
  if (plain_flushed_.load(std::memory_order_acquire))
    finish(draining_ ? backend::instance_phase::drained : backend::instance_phase::completed);
}

void instance_loop::fail(backend::failure_report why) {
  status_.note_failure(std::move(why));
  if (tasks_) tasks_->abort();
  services_->sent().give_up();
  finish(backend::instance_phase::failed);
}

void instance_loop::finish(backend::instance_phase phase) {
  bool begun = false;
  if (!commits_by_barrier()) (void)committer_->commit(readers_, *tasks_, begun); // refused: they are read again
  runtime_.turns().cancel_timer(*this);
  for (auto& r : readers_)
    if (auto done = r->close(); !done)
      logging::warn("native", "a consumer did not close cleanly", logging::kv("streamlet", what_.settings.name.value()),
                    logging::kv("error", done.error().text()));
  if (phase == backend::instance_phase::completed) {
    for (const auto& outlet : what_.descriptor.outlets) complete_writing(*host_.log, what_.settings, outlet.name);
    for (const auto& repartition : services_->writing()) complete_writing(*host_.log, what_.settings, repartition);
  }
  status_.enter(phase);
  status_.set_over();
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

void instance_loop::wait_until_over() {
  status_.wait_until_over();
  tasks_->wait_until_quiet();
}

std::vector<std::string> instance_loop::describe() const { return tasks_->describe(); }

} // namespace cloudflow::engine
