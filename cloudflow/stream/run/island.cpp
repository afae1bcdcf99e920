#include "cloudflow/base/work_mark.hpp"
#include "cloudflow/stream/run/running.hpp"

namespace cloudflow::stream {

std::string_view name_of(wait_kind kind) {
  switch (kind) {
  case wait_kind::nothing: return "nothing";
  case wait_kind::elements: return "elements";
  case wait_kind::room: return "room downstream";
  case wait_kind::timer: return "a timer";
  case wait_kind::answers: return "answers of map_async";
  case wait_kind::port: return "a port";
  }
  return "unknown";
}

island::island(graph_run& graph, int id)
    : graph_(graph)
    , id_(id) {}

void island::start(executor& turns) {
  services_.executor_ = &turns;
  services_.guard_ = graph_.guard();
  services_.gate_ = &graph_.gate();
  services_.state_ = graph_.state();
  services_.owner_ = graph_.owner();
  services_.id_ = id_;
  services_.waker_ = waker(shared_from_this());
  bind(services_);
}

void island::wake() {
  // Sequentially consistent with run(): whoever sees a turn still due has its news seen by that turn.
  auto seen = state_.load(std::memory_order_seq_cst);
  for (;;) {
    if (seen == turn_state::idle) {
      if (!state_.compare_exchange_weak(seen, turn_state::queued, std::memory_order_acq_rel)) continue;
      services_.executor_->submit(shared_from_this());
      return;
    }
    if (seen != turn_state::running) return;
    if (state_.compare_exchange_weak(seen, turn_state::notified, std::memory_order_acq_rel)) return;
  }
}

void island::run() {
  const auto alive = shared_from_this();
  state_.exchange(turn_state::running, std::memory_order_seq_cst);
  turns_.add();
  waits_for_.store(wait_kind::nothing, std::memory_order_relaxed);
  const auto result = [this] {
    const work_scope mark({services_.owner_.c_str(), services_.name_.c_str()});
    return step();
  }();
  if (result == outcome::done) {
    state_.store(turn_state::done, std::memory_order_release);
    auto& turns = *services_.executor_;
    if (timer_set_) turns.cancel_timer(*this);
    {
      const std::lock_guard lock(inputs_mutex_);
      services_.inputs_.clear();
      released_ = true;
    }
    release();
    services_.waker_ = waker();
    graph_.island_done(*this);
    return;
  }
  if (result == outcome::parked) {
    auto expected = turn_state::running;
    if (state_.compare_exchange_strong(expected, turn_state::idle, std::memory_order_acq_rel)) return;
  }
  state_.store(turn_state::queued, std::memory_order_release);
  services_.executor_->submit(alive);
}

island::outcome island::park(const arming& a) {
  waits_for_.store(a.waits_for(), std::memory_order_relaxed);
  waits_on_.store(a.waits_on(), std::memory_order_relaxed);
  if (a.due() != std::chrono::nanoseconds::max()) {
    services_.executor_->set_timer(shared_from_this(), a.due());
    timer_set_ = true;
  } else if (timer_set_) {
    services_.executor_->cancel_timer(*this);
    timer_set_ = false;
  }
  return outcome::parked;
}

island_info island::describe() const {
  island_info out;
  out.id = id_;
  out.name = services_.name_;
  switch (state_.load(std::memory_order_acquire)) {
  case turn_state::idle: out.state = "idle"; break;
  case turn_state::queued: out.state = "runnable"; break;
  case turn_state::running:
  case turn_state::notified: out.state = "running"; break;
  case turn_state::done: out.state = "done"; break;
  }
  out.waits_for = out.state == "idle" ? waits_for_.load(std::memory_order_relaxed) : wait_kind::nothing;
  out.waits_on = out.waits_for == wait_kind::nothing ? -1 : waits_on_.load(std::memory_order_relaxed);
  out.turns = turns_.value();
  out.elements = elements_.value();
  for (const auto& entry : services_.counters_) out.counters.emplace_back(entry.name, entry.value.value());
  const std::lock_guard lock(inputs_mutex_);
  if (!released_) {
    for (const auto& look : services_.inputs_) out.inputs.push_back(look());
  }
  return out;
}

} // namespace cloudflow::stream
