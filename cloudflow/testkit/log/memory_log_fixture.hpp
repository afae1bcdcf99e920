#pragma once

#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/memory_store.hpp"
#include "cloudflow/testkit/log/hand_clock.hpp"
#include "cloudflow/testkit/log/log_probe.hpp"

#include <stdexcept>

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

/// The same on a store that survives it: `restart` is the death of the process and a new one on the same data.
class durable_log_fixture : public log_fixture {
public:
  hand_clock clock;
  store::byte_store& data;
  log::memory_log_options options;
  std::unique_ptr<log::memory_log> memory;

  explicit durable_log_fixture(store::byte_store& store, log::memory_log_options with = {})
      : data(store)
      , options(with) {
    options.durable = &data;
    open();
  }
  log::topic_log& log() override { return *memory; }
  bool eventually(const std::function<bool()>& condition) override {
    for (int i = 0; i < 100; ++i) {
      if (condition()) return true;
      memory->maintain();
    }
    return false;
  }
  [[nodiscard]] timestamp now() const override { return clock.wall_now(); }
  void pass(std::chrono::milliseconds span) override {
    clock.advance(span);
    memory->maintain();
  }
  /// Whoever uses the log must be gone.
  void restart() {
    memory.reset();
    open();
  }

private:
  void open() {
    auto opened = log::memory_log::open(clock, options);
    if (!opened) throw std::runtime_error(opened.error().text());
    memory = std::move(*opened);
  }
};

} // namespace cloudflow::testkit
