#pragma once

#include "cloudflow/base/clock.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace cloudflow::stream {

/// Windows of event time, aligned to the epoch: [k * slide, k * slide + size) for every k. Immutable.
/// `tumbling(1min)`, `sliding(1min, 30s)`. Units: milliseconds; anything below 1 ms counts as 1 ms.
class window_spec {
  std::int64_t size_;
  std::int64_t slide_;
  std::int64_t pane_;
  static constexpr std::int64_t longest = std::int64_t{1} << 58U;

public:
  constexpr window_spec(std::chrono::milliseconds size, std::chrono::milliseconds slide)
      : size_(std::clamp<std::int64_t>(size.count(), 1, longest))
      , slide_(std::clamp<std::int64_t>(slide.count(), 1, longest))
      , pane_(std::gcd(size_, slide_)) {}

  [[nodiscard]] constexpr std::int64_t size() const { return size_; }
  [[nodiscard]] constexpr std::int64_t slide() const { return slide_; }
  /// The width of a pane: every window is a whole number of panes.
  [[nodiscard]] constexpr std::int64_t pane() const { return pane_; }

  static constexpr std::int64_t floor_to(std::int64_t t, std::int64_t unit) {
    const auto rest = t % unit;
    return t - (rest < 0 ? rest + unit : rest);
  }
  [[nodiscard]] constexpr std::int64_t pane_of(std::int64_t t) const { return floor_to(t, pane_); }
  /// The end of the last window that contains the pane; not after the pane's start if none does (slide > size).
  [[nodiscard]] constexpr std::int64_t last_end(std::int64_t pane_start) const {
    return floor_to(pane_start, slide_) + size_;
  }
  /// The end of the first window that contains the pane.
  [[nodiscard]] constexpr std::int64_t first_end(std::int64_t pane_start) const { return first_end_after(pane_start); }
  /// The first window end that is later than `t`.
  [[nodiscard]] constexpr std::int64_t first_end_after(std::int64_t t) const {
    return floor_to(t - size_, slide_) + slide_ + size_;
  }
};

/// Windows side by side.
constexpr window_spec tumbling(std::chrono::milliseconds size) { return {size, size}; }
/// Windows of `size` that begin every `slide`.
constexpr window_spec sliding(std::chrono::milliseconds size, std::chrono::milliseconds slide) { return {size, slide}; }

/// Windows that end when nothing comes for `gap`. `session(10min)`.
struct session_spec {
  std::chrono::milliseconds gap;
};
constexpr session_spec session(std::chrono::milliseconds gap) {
  return {std::clamp(gap, std::chrono::milliseconds(1), std::chrono::milliseconds(std::int64_t{1} << 58U))};
}

/// What a window gives for one key.
template <class Key, class Value> struct windowed {
  Key key;
  timestamp start;
  timestamp end;
  Value value;
  friend bool operator==(const windowed&, const windowed&) = default;
};

/// What an aggregation without windows gives for one key.
template <class Key, class Value> struct keyed {
  Key key;
  Value value;
  friend bool operator==(const keyed&, const keyed&) = default;
};

} // namespace cloudflow::stream
