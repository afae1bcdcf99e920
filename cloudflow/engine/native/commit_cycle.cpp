#include "cloudflow/engine/native/commit_cycle.hpp"

#include <algorithm>
#include <mutex>
#include <set>

namespace cloudflow::engine {

namespace {

constexpr std::size_t records_at_once = 1024;
constexpr int vain_commits = 3; // in a row, while records are still on their way

} // namespace

struct commit_cycle::answers {
  std::mutex mutex;
  std::set<partition_id> awaited; // tasks whose sinks do not have the barrier yet
  std::optional<result<void>> reply;

  std::optional<result<void>> take_reply() {
    const std::lock_guard lock(mutex);
    return std::exchange(reply, std::nullopt);
  }
};

commit_cycle::commit_cycle(const streamlet::instance_settings& settings, const clock_source& clock,
                           std::function<void(std::chrono::nanoseconds)> wake_at,
                           std::shared_ptr<instance_services> services)
    : interval_(settings.commit_interval)
    , clock_(clock)
    , wake_at_(std::move(wake_at))
    , services_(std::move(services))
    , answers_(std::make_shared<answers>())
    , dead_letters_(services_) {}

void commit_cycle::note_read() {
  vain_ = 0;
  if (!due_) arm();
}

void commit_cycle::note_moved() {
  vain_ = 0;
  const auto now = clock_.steady_now();
  const auto at = last_ ? std::max(now, *last_ + interval_) : now;
  if (due_ && *due_ <= at) return;
  due_ = at;
  if (at > now) wake_at_(at);
}

void commit_cycle::arm() {
  due_ = clock_.steady_now() + interval_;
  wake_at_(*due_);
}

void commit_cycle::forget(partition_id task) {
  const std::lock_guard lock(answers_->mutex);
  answers_->awaited.erase(task);
}

std::optional<error> commit_cycle::advance(const std::vector<std::unique_ptr<reader>>& readers, task_set& tasks) {
  for (;;) {
    switch (stage_) {
    case stage::idle:
      if (!begin(tasks)) return std::nullopt;
      break;
    case stage::barrier: {
      {
        const std::lock_guard lock(answers_->mutex);
        if (!answers_->awaited.empty()) return std::nullopt;
      }
      if (services_->sent().has_refused()) return std::nullopt; // what belongs to this commit is not in the log
      (void)services_->sent().take_moved();
      take_changes(tasks);
      stage_ = stage::changes;
      break;
    }
    case stage::changes: {
      const auto all = send_changes();
      if (!all) return all.error();
      if (!*all) return std::nullopt;
      stage_ = stage::flushing;
      flush();
      break;
    }
    case stage::flushing: {
      const auto flushed = answers_->take_reply();
      if (!flushed) return std::nullopt;
      if (!*flushed) return flushed->error();
      stage_ = stage::committing;
      if (auto asked = commit(readers, tasks); !asked) return asked.error();
      break;
    }
    case stage::committing: {
      const auto committed = answers_->take_reply();
      if (!committed) return std::nullopt;
      if (!*committed) return committed->error();
      finish(tasks);
      break;
    }
    }
  }
}

bool commit_cycle::begin(task_set& tasks) {
  if (services_->sent().take_moved()) note_moved();
  if (!hurried_ && !(due_ && clock_.steady_now() >= *due_)) return false;
  due_.reset();
  hurried_ = false;
  const stream::commit_id n(++n_);
  const auto graphs = tasks.graphs();
  {
    const std::lock_guard lock(answers_->mutex);
    for (const auto& [id, graph] : graphs) answers_->awaited.insert(id);
  }
  stage_ = stage::barrier;
  if (const auto gate = services_->gate()) gate->committing(true);
  for (const auto& [id, graph] : graphs)
    graph.barrier(n, [all = answers_, task = id, weak = std::weak_ptr(services_)] {
      {
        const std::lock_guard lock(all->mutex);
        all->awaited.erase(task);
      }
      if (const auto services = weak.lock()) services->wake_loop();
    });
  return true;
}

void commit_cycle::take_changes(task_set& tasks) {
  dead_letters_.take(tasks, stream::commit_id(n_));
  tasks.for_each_state([&](partition_id task, native::changelog_state& state) {
    if (auto batch = state.take(stream::commit_id(n_)); !batch.empty()) changes_.push_back({task, std::move(batch)});
  });
}

result<bool> commit_cycle::send_changes() {
  if (auto all = dead_letters_.send(); !all || !*all) return all;
  if (changes_.empty()) return true;
  if (!changelog_) {
    auto opened = services_->open_changelog();
    if (!opened) return unexpected(opened.error());
    changelog_ = std::move(*opened);
  }
  std::vector<log::outgoing_record> records;
  while (!changes_.empty()) {
    auto& [task, batch, sent] = changes_.front();
    while (sent < batch.size()) {
      records.clear();
      const auto stop = std::min(batch.size(), sent + records_at_once);
      for (auto i = sent; i < stop; ++i) records.push_back(batch.record(i, task));
      if (auto done = changelog_->send(records); !done) {
        if (!done.error().retriable) return unexpected(done.error().wrap("state cannot be written"));
        services_->log_is_full();
        return false;
      }
      sent = stop;
    }
    changes_.pop_front();
  }
  return true;
}

void commit_cycle::flush() {
  services_->producer().flush([all = answers_, weak = std::weak_ptr(services_)](const result<void>& how) {
    {
      const std::lock_guard lock(all->mutex);
      all->reply = how;
    }
    if (const auto services = weak.lock()) services->wake_loop();
  });
}

// Records and changelog are in the log, so their tokens are acknowledged.
result<void> commit_cycle::commit(const std::vector<std::unique_ptr<reader>>& readers, task_set& tasks) {
  positions_.clear();
  bool outstanding = false;
  for (const auto& r : readers) {
    moved_positions moved{r.get(), {}};
    tasks.for_each([&](native_task& t) {
      for (std::uint32_t topic = 0; topic < r->inlets().size(); ++topic) {
        auto& feed = *t.feeds().at(r->inlets()[topic]);
        for (const auto& p : feed.tracker().take_progress(stream::commit_id(n_)))
          if (r->owns(log::source_partition{topic, p.partition}))
            moved.positions.push_back({{topic, p.partition}, p.next});
        outstanding = outstanding || feed.tracker().outstanding() > 0;
      }
    });
    if (!moved.positions.empty() && !r->is_broadcast()) positions_.push_back(std::move(moved));
  }
  auto& sent = services_->sent();
  vain_ = positions_.empty() && !sent.is_open() ? vain_ + 1 : 0;
  last_ = clock_.steady_now();
  if (vain_ == 0 || (outstanding && vain_ < vain_commits)) arm();
  const auto answer = [all = answers_, weak = std::weak_ptr(services_)](const result<void>& how) {
    {
      const std::lock_guard lock(all->mutex);
      all->reply = how;
    }
    if (const auto services = weak.lock()) services->wake_loop();
  };
  if (!services_->transactional()) {
    for (const auto& moved : positions_) moved.of->commit(moved.positions);
    positions_.clear();
    answer({});
    return {};
  }
  if (positions_.empty() && !sent.is_open()) {
    answer({});
    return {};
  }
  if (auto joined = sent.join(); !joined) return joined;
  for (const auto& moved : positions_)
    if (auto told = services_->producer().send_offsets(moved.of->token(), moved.positions); !told) return told;
  services_->producer().commit(answer);
  return {};
}

void commit_cycle::finish(task_set& tasks) {
  for (const auto& moved : positions_) moved.of->note_committed(moved.positions);
  positions_.clear();
  services_->sent().over();
  (void)services_->sent().take_moved();
  done_ = n_;
  stage_ = stage::idle;
  if (const auto gate = services_->gate()) gate->committing(false);
  for (const auto& [id, graph] : tasks.graphs()) graph.release(stream::commit_id(n_));
}

} // namespace cloudflow::engine
