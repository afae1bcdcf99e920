#pragma once

#include "cloudflow/stream/source/port.hpp"

#include <chrono>

namespace cloudflow::stream {

/// Counts up from 0, one per `interval` of processing time, the first at once. Never completes.
/// Shape: 0 -> n. Units: an interval below 1 ms counts as 1 ms.
/// - Emits when a tick is due and downstream has demand; ticks that found none are left out, the count goes on.
/// - Drains at once. Keeps: nothing to keep.
class tick_source final : public source_port<std::uint64_t> {
  std::chrono::nanoseconds interval_;
  std::chrono::nanoseconds begin_{0};
  std::uint64_t next_ = 0;
  const clock_source* clock_ = nullptr;
  bool draining_ = false;

  [[nodiscard]] std::chrono::nanoseconds due() const {
    return begin_ + interval_ * static_cast<std::chrono::nanoseconds::rep>(next_);
  }

public:
  explicit tick_source(std::chrono::nanoseconds interval)
      : interval_(std::max<std::chrono::nanoseconds>(interval, std::chrono::milliseconds(1))) {}
  void start(island_services& services) override {
    clock_ = &services.clock();
    begin_ = clock_->steady_now();
  }
  source_status pull(std::size_t limit, batch<std::uint64_t>& out) override {
    if (draining_) return source_status::ended;
    const auto now = clock_->steady_now();
    if (limit == 0 || now < due()) return source_status::empty;
    const auto latest = static_cast<std::uint64_t>((now - begin_) / interval_);
    out.add(latest, {record_offset(-1), clock_->wall_now()});
    next_ = latest + 1;
    return source_status::more;
  }
  bool arm(const waker&) override { return draining_ || clock_->steady_now() >= due(); }
  std::chrono::nanoseconds wake_at() const override { return due(); }
  void drain() override { draining_ = true; }
  ending how_ended() const override { return {end_kind::drain, nullptr}; }
  std::string name() const override { return "tick"; }
};

} // namespace cloudflow::stream
