#include "cloudflow/engine/native/committer.hpp"

#include <algorithm>

namespace cloudflow::engine {

// What one look at the tasks found.
struct committer::finding {
  bool moved = false;
  bool outstanding = false;
};

committer::committer(const streamlet::instance_settings& settings, const clock_source& clock,
                     std::function<void(std::chrono::nanoseconds)> wake_at, std::shared_ptr<instance_services> services)
    : delivery_(settings.delivery)
    , interval_(settings.commit_interval)
    , clock_(clock)
    , wake_at_(std::move(wake_at))
    , dead_letters_(std::move(services)) {}

void committer::reading(reader& from, log::source_partition source, record_offset next) {
  if (delivery_ != streamlet::delivery::at_most_once) return;
  const log::source_position done{source, next};
  from.commit({&done, 1});
}

void committer::note_read() {
  idle_ = 0;
  if (!due_) arm();
}

// Dead letters are taken behind the positions: of a record that is done with, the letter is there.
committer::finding committer::take_progress(const std::vector<std::unique_ptr<reader>>& readers,
                                            const task_set& tasks) {
  finding found;
  held_.clear();
  for (const auto& r : readers) {
    moved_positions moved{r.get(), {}};
    tasks.for_each([&](native_task& t) {
      for (std::uint32_t topic = 0; topic < r->inlets().size(); ++topic) {
        auto& tracker = t.feeds().at(r->inlets()[topic])->tracker();
        for (const auto& p : tracker.take_progress())
          if (r->owns(log::source_partition{topic, p.partition}))
            moved.positions.push_back({{topic, p.partition}, p.next});
        found.outstanding = found.outstanding || tracker.outstanding() > 0;
      }
    });
    if (moved.positions.empty()) continue;
    found.moved = true;
    held_.push_back(std::move(moved));
  }
  dead_letters_.take(tasks);
  holds_ = true;
  return found;
}

result<bool> committer::tell() {
  if (auto sent = dead_letters_.send(); !sent || !*sent) return sent;
  if (auto settled = dead_letters_.settled(); !settled || !*settled) return settled;
  if (delivery_ != streamlet::delivery::at_most_once)
    for (const auto& moved : held_) moved.of->commit(moved.positions);
  held_.clear();
  holds_ = false;
  return true;
}

result<bool> committer::look(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks) {
  if (holds_) return tell();
  if (!due_) {
    if (idle_ > 0) note_read(); // something was acknowledged after the timer had gone to sleep
    return false;
  }
  if (clock_.steady_now() < *due_) return false;
  due_.reset();
  const auto found = take_progress(readers, tasks);
  idle_ = found.moved ? 0 : idle_ + 1;
  if (found.moved || (found.outstanding && idle_ < 3))
    arm();
  else
    idle_ = std::max(idle_, 1);
  if (auto told = tell(); !told) return told;
  return true;
}

result<bool> committer::commit(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks,
                               bool& begun) {
  if (!begun) {
    if (holds_)
      if (auto told = tell(); !told || !*told) return told;
    take_progress(readers, tasks);
    begun = true;
  }
  auto told = tell();
  if (told && *told) begun = false;
  return told;
}

void committer::arm() {
  due_ = clock_.steady_now() + interval_;
  wake_at_(*due_);
}

} // namespace cloudflow::engine
