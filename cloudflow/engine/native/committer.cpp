#include "cloudflow/engine/native/committer.hpp"

#include <algorithm>

namespace cloudflow::engine {

namespace {

// What one look at the tasks found.
struct finding {
  bool moved = false;
  bool outstanding = false;
};

finding commit_progress(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks, bool tell) {
  finding found;
  std::vector<log::source_position> positions;
  for (const auto& r : readers) {
    positions.clear();
    tasks.for_each([&](native_task& t) {
      for (std::uint32_t topic = 0; topic < r->inlets().size(); ++topic) {
        auto& tracker = t.feeds().at(r->inlets()[topic])->tracker();
        for (const auto& p : tracker.take_progress())
          if (r->owns(log::source_partition{topic, p.partition})) positions.push_back({{topic, p.partition}, p.next});
        found.outstanding = found.outstanding || tracker.outstanding() > 0;
      }
    });
    if (positions.empty()) continue;
    found.moved = true;
    if (tell) r->commit(positions);
  }
  return found;
}

} // namespace

committer::committer(const streamlet::instance_settings& settings, const clock_source& clock,
                     std::function<void(std::chrono::nanoseconds)> wake_at)
    : delivery_(settings.delivery)
    , interval_(settings.commit_interval)
    , clock_(clock)
    , wake_at_(std::move(wake_at)) {}

void committer::reading(reader& from, log::source_partition source, record_offset next) {
  if (delivery_ != streamlet::delivery::at_most_once) return;
  const log::source_position done{source, next};
  from.commit({&done, 1});
}

void committer::note_read() {
  idle_ = 0;
  if (!due_) arm();
}

bool committer::look(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks) {
  if (!due_) {
    if (idle_ > 0) note_read(); // something was acknowledged after the timer had gone to sleep
    return false;
  }
  if (clock_.steady_now() < *due_) return false;
  due_.reset();
  const auto found = commit_progress(readers, tasks, delivery_ != streamlet::delivery::at_most_once);
  idle_ = found.moved ? 0 : idle_ + 1;
  if (found.moved || (found.outstanding && idle_ < 3))
    arm();
  else
    idle_ = std::max(idle_, 1);
  return true;
}

void committer::commit(const std::vector<std::unique_ptr<reader>>& readers, const task_set& tasks) {
  commit_progress(readers, tasks, delivery_ != streamlet::delivery::at_most_once);
}

void committer::arm() {
  due_ = clock_.steady_now() + interval_;
  wake_at_(*due_);
}

} // namespace cloudflow::engine
