#pragma once

#include "cloudflow/base/clock.hpp"

#include <atomic>

namespace cloudflow::testkit {

/// A clock that stands until it is moved. Thread-safe.
class hand_clock final : public clock_source {
  std::atomic<std::int64_t> nanoseconds_{0};
  const timestamp start_;

public:
  explicit hand_clock(timestamp start = timestamp(std::chrono::days(20'000)))
      : start_(start) {}
  void advance(std::chrono::nanoseconds by) { nanoseconds_.fetch_add(by.count()); }
  [[nodiscard]] std::chrono::nanoseconds steady_now() const override {
    return std::chrono::nanoseconds(nanoseconds_.load());
  }
  [[nodiscard]] timestamp wall_now() const override {
    return start_ + std::chrono::duration_cast<std::chrono::milliseconds>(steady_now());
  }
};

} // namespace cloudflow::testkit
