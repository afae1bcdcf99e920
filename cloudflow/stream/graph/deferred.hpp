#pragma once

#include "cloudflow/stream/graph/context.hpp"

#include <optional>

namespace cloudflow::stream {

/// The signals that wait in a stage until what it holds has been pushed: at most one ending and the latest watermark.
class deferred_signals {
  std::optional<ending> end_;
  timestamp mark_ = no_event_time;
  bool passed_end_ = false;

public:
  void keep_mark(timestamp t) { mark_ = t; }
  void keep_end(const ending& how) {
    if (!end_ && !passed_end_) end_ = how;
  }
  [[nodiscard]] bool end_waits() const { return end_.has_value(); }
  [[nodiscard]] bool end_was(end_kind kind) const { return end_ && end_->kind == kind; }
  /// Passes on what waits; returns whether there was anything.
  template <class Next> bool pass(Next& next) {
    bool moved = false;
    if (mark_ != no_event_time) {
      next.on_watermark(std::exchange(mark_, no_event_time));
      moved = true;
    }
    if (end_) {
      const auto how = *std::exchange(end_, std::nullopt);
      passed_end_ = true;
      next.on_end(how);
      moved = true;
    }
    return moved;
  }
};

} // namespace cloudflow::stream
