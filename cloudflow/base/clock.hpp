#pragma once

#include "cloudflow/base/export.hpp"

#include <chrono>

namespace cloudflow {

/// Milliseconds since the Unix epoch: the unit of record timestamps, event time and watermarks.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where time comes from. The engine asks no other clock, so that tests and the simulation drive time by hand.
/// Thread: every implementation is thread-safe.
class CLOUDFLOW_API clock_source {
public:
  virtual ~clock_source() = default;
  /// Never goes back; for timers and durations.
  [[nodiscard]] virtual std::chrono::nanoseconds steady_now() const = 0;
  /// The time of day; may jump.
  [[nodiscard]] virtual timestamp wall_now() const = 0;
};

/// The machine's clocks.
CLOUDFLOW_API const clock_source& system_clock_source();

} // namespace cloudflow
