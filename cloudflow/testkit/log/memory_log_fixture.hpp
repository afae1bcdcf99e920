#pragma once

#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/memory_store.hpp"
#include "cloudflow/testkit/log/hand_clock.hpp"
#include "cloudflow/testkit/log/log_probe.hpp"

namespace cloudflow::testkit {

/// The in-process log with a clock in the test's hand. It never works behind the test's back, so waiting is asking a
/// few times.
class memory_log_fixture : public log_fixture {
public:
  hand_clock clock;
  metric_registry metrics;
  store::memory_store spilled;
  log::memory_log memory;

  explicit memory_log_fixture(std::uint64_t disk_bound = std::uint64_t{4} << 30)
      : memory(clock, {.spill = &spilled, .max_spilled_bytes = disk_bound, .metrics = &metrics}) {}
  log::topic_log& log() override { return memory; }
  bool eventually(const std::function<bool()>& condition) override {
    for (int i = 0; i < 100; ++i) {
      if (condition()) return true;
      memory.maintain();
    }
    return false;
  }
  [[nodiscard]] timestamp now() const override { return clock.wall_now(); }
  void pass(std::chrono::milliseconds span) override {
    clock.advance(span);
    memory.maintain();
  }
};

} // namespace cloudflow::testkit
