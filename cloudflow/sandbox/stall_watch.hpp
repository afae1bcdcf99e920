#pragma once

#include <chrono>
#include <optional>

namespace cloudflow::sandbox {

/// Notices a run in which the log is full and nothing moves any more, so that it fails instead of hanging (DESIGN §4).
/// A refusal of the log begins the watch, a record that is read or written ends it. Costs nothing until then. Confined
/// to the main thread.
class stall_watch {
  std::optional<std::chrono::nanoseconds> since_;
  double moved_ = 0;

public:
  static constexpr auto patience = std::chrono::seconds(5);

  /// The log refused a record since the last look, or a watch is on: `stalled` wants to know what moved.
  [[nodiscard]] bool looks(bool refused) const { return refused || since_.has_value(); }
  /// `moved`: records read and written so far. True when nothing of it changed for as long as `patience`.
  bool stalled(std::chrono::nanoseconds now, double moved);
  /// When to look again.
  [[nodiscard]] std::optional<std::chrono::nanoseconds> due() const;
};

} // namespace cloudflow::sandbox
