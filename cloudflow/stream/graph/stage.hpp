#pragma once

#include "cloudflow/stream/run/commit_gate.hpp"
#include "cloudflow/stream/run/island.hpp"

#include <limits>

namespace cloudflow::stream {

inline constexpr std::size_t unlimited = std::numeric_limits<std::size_t>::max();

/// The laws of a stage (DETAILS §2), and the answers of one that adds nothing: every call goes on to `next_`. A stage
/// derives from it, hides what it changes and adds
///     bool on_next(In&& element, const element_context& ctx);
/// - `on_next` takes the element in any case and returns whether one more may follow now: the brake.
/// - `demand` is pure: how many may be pushed now; the hint. 0 obliges the stage (or one behind it) to have set a waker
///   in `arm` that will fire.
/// - `advance` pushes what the stage itself holds, downstream first; returns whether anything moved.
/// - `flush` publishes, `signal` (at the end of a turn) wakes who waits for it.
/// - `on_end` comes once, after the last element; a stage that holds output passes it on when that is gone. With
///   `abort` it is passed on at once. After it no `on_next` comes.
/// - `on_barrier` comes behind every element of its commit; a stage passes it on behind everything that it owes for
///   them. What a stage holds on to (a group, a window) it does not owe.
/// - `cancelled`: nothing more is wanted. `terminated`: every sink behind has its signal. Both stay true.
/// No call is virtual; all inline into the island's step. Confined to its island.
template <class Next> class stage_base {
protected:
  Next next_;

public:
  explicit stage_base(Next next)
      : next_(std::move(next)) {}

  void start(island_services& services) { next_.start(services); }
  bool advance() { return next_.advance(); }
  [[nodiscard]] std::size_t demand() { return next_.demand(); }
  void flush() { next_.flush(); }
  void signal() { next_.signal(); }
  void arm(arming& a) { next_.arm(a); }
  void on_watermark(timestamp t) { next_.on_watermark(t); }
  void on_barrier(commit_id n) { next_.on_barrier(n); }
  void on_end(const ending& how) { next_.on_end(how); }
  /// Takes back what the element at `ctx` made and that was not published yet; a record is skipped as a whole.
  void roll_back(const element_context& ctx) { next_.roll_back(ctx); }
  [[nodiscard]] bool cancelled() { return next_.cancelled(); }
  [[nodiscard]] bool terminated() { return next_.terminated(); }
};

/// The answers of the last stage of a chain, for sinks that take everything. Behind a barrier they wait for its commit.
class sink_base {
  barrier_end barrier_;
  bool ended_ = false;

public:
  void start(island_services& services) { barrier_.start(services); }
  bool advance() { return false; }
  [[nodiscard]] std::size_t demand() { return ended_ || barrier_.held() ? 0 : unlimited; }
  void flush() {}
  void signal() {}
  void arm(arming&) {}
  void on_watermark(timestamp) {}
  void on_barrier(commit_id n) { barrier_.on_barrier(n); }
  void on_end(const ending&) {
    ended_ = true;
    barrier_.end();
  }
  void roll_back(const element_context&) {}
  [[nodiscard]] bool cancelled() { return false; }
  [[nodiscard]] bool terminated() { return ended_; }
};

} // namespace cloudflow::stream
