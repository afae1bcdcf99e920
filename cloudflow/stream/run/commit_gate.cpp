#include "cloudflow/stream/run/commit_gate.hpp"

#include "cloudflow/base/assert.hpp"
#include "cloudflow/stream/run/island.hpp"

namespace cloudflow::stream {

std::function<void()> commit_gate::take_if_complete() {
  if (!all_have_it_ || arrived_ != live_) return {};
  return std::exchange(all_have_it_, {});
}

void commit_gate::ask(commit_id n, std::function<void()> all_have_it) {
  std::function<void()> now;
  {
    const std::lock_guard lock(mutex_);
    CLOUDFLOW_ASSERT(n.value() > asked_.load(std::memory_order_relaxed), "commit numbers grow");
    CLOUDFLOW_ASSERT(!all_have_it_, "one barrier is under way at a time");
    if (lost_) return;
    all_have_it_ = std::move(all_have_it);
    arrived_ = 0;
    asked_.store(n.value(), std::memory_order_seq_cst);
    now = take_if_complete();
  }
  if (now) now();
}

void commit_gate::lose() {
  std::function<void()> gone; // destroyed outside of the lock
  const std::lock_guard lock(mutex_);
  lost_ = true;
  gone.swap(all_have_it_);
}

void commit_gate::sink_added() {
  const std::lock_guard lock(mutex_);
  ++live_;
}

void commit_gate::sink_has(commit_id n) {
  std::function<void()> now;
  {
    const std::lock_guard lock(mutex_);
    if (n.value() != asked_.load(std::memory_order_relaxed)) return;
    ++arrived_;
    now = take_if_complete();
  }
  if (now) now();
}

void commit_gate::sink_ended(commit_id has) {
  std::function<void()> now;
  {
    const std::lock_guard lock(mutex_);
    --live_;
    if (has != no_commit && has.value() == asked_.load(std::memory_order_relaxed)) --arrived_;
    now = take_if_complete();
  }
  if (now) now();
}

barrier_end& barrier_end::operator=(barrier_end&& other) noexcept {
  if (this != &other) {
    end();
    gate_ = std::exchange(other.gate_, nullptr);
    has_ = other.has_;
  }
  return *this;
}

void barrier_end::start(island_services& services) {
  gate_ = services.gate();
  if (gate_ != nullptr) gate_->sink_added();
}

void barrier_end::on_barrier(commit_id n) {
  if (gate_ == nullptr || n <= has_) return;
  has_ = n;
  gate_->sink_has(n);
}

void barrier_end::end() {
  if (auto* gate = std::exchange(gate_, nullptr)) gate->sink_ended(has_);
}

} // namespace cloudflow::stream
