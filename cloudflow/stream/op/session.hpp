#pragma once

#include "cloudflow/stream/op/process.hpp"
#include "cloudflow/stream/state/accumulator_codec.hpp"
#include "cloudflow/stream/state/value_state.hpp"
#include "cloudflow/stream/time/window.hpp"

#include <stdexcept>

namespace cloudflow::stream {

namespace detail {

/// The open sessions of a key: first and last event time, accumulator.
template <class In, class Aggregator> struct session_function {
  using accumulator = typename Aggregator::template accumulator<In>;
  using session = std::tuple<std::int64_t, std::int64_t, accumulator>;
  Aggregator how;
  std::int64_t gap;
  std::int64_t lateness = 0;
  value_state<std::vector<session>> open{"sessions"};
  stage_counter* late = nullptr;

  auto states() { return std::tie(open); }
  void start(island_services& services) { late = &services.counter("late_total"); }

  void on_element(const In& element, auto& ctx) {
    if (ctx.event_time() == no_event_time)
      throw std::invalid_argument("an element has no event time: give the inlet an event time, or put "
                                  ".event_time(&T::member) in front of .key_by");
    const auto t = ctx.event_time().time_since_epoch().count();
    const auto touches = [&](const session& s) { return std::get<0>(s) - gap <= t && t <= std::get<1>(s) + gap; };
    const auto* before = open.find();
    auto last = t;
    if (before != nullptr) {
      for (const auto& s : *before) {
        if (touches(s)) last = std::max(last, std::get<1>(s));
      }
    }
    if (gone_at(last) <= ctx.watermark()) {
      late->add();
      return ctx.put_aside();
    }
    auto& sessions = open.modify();
    session grown{t, t, how.template create<In>()};
    bool first = true;
    std::vector<session> kept, joined;
    for (auto& s : sessions) (touches(s) ? joined : kept).push_back(std::move(s)); // by time
    for (auto& s : joined) {
      for (const auto at : {end_of(std::get<1>(s)), gone_at(std::get<1>(s))})
        if (!wants_timer(kept, at)) ctx.cancel_event_timer(at);
      std::get<0>(grown) = std::min(std::get<0>(grown), std::get<0>(s));
      std::get<1>(grown) = std::max(std::get<1>(grown), std::get<1>(s));
      if (std::exchange(first, false))
        std::get<2>(grown) = std::move(std::get<2>(s));
      else
        how.merge(std::get<2>(grown), std::as_const(std::get<2>(s)));
    }
    how.add(std::get<2>(grown), element);
    const auto end = end_of(std::get<1>(grown));
    const bool is_out = end <= ctx.watermark();
    ctx.set_event_timer(is_out ? gone_at(std::get<1>(grown)) : end);
    if (is_out) emit(grown, ctx);
    const auto place =
        std::find_if(kept.begin(), kept.end(), [&](const session& s) { return std::get<0>(s) > std::get<0>(grown); });
    kept.insert(place, std::move(grown));
    sessions = std::move(kept);
  }
  /// A session's end, or the time at which it is no longer open to late elements.
  void on_event_timer(timestamp at, auto& ctx) {
    if (!open.has_value()) return;
    auto& sessions = open.modify();
    std::erase_if(sessions, [&](const session& s) {
      if (end_of(std::get<1>(s)) == at) {
        emit(s, ctx);
        if (lateness != 0) ctx.set_event_timer(gone_at(std::get<1>(s)));
      }
      return gone_at(std::get<1>(s)) <= at;
    });
    if (sessions.empty()) open.clear();
  }

private:
  [[nodiscard]] timestamp end_of(std::int64_t last) const { return timestamp(std::chrono::milliseconds(last + gap)); }
  [[nodiscard]] timestamp gone_at(std::int64_t last) const {
    return timestamp(std::chrono::milliseconds(last + gap + lateness));
  }
  [[nodiscard]] bool wants_timer(const std::vector<session>& sessions, timestamp at) const {
    return std::any_of(sessions.begin(), sessions.end(),
                       [&](const session& s) { return end_of(std::get<1>(s)) == at || gone_at(std::get<1>(s)) == at; });
  }
  void emit(const session& s, auto& ctx) {
    const timestamp start{std::chrono::milliseconds(std::get<0>(s))};
    const auto end = end_of(std::get<1>(s));
    ctx.emit({ctx.key(), start, end, how.result(std::get<2>(s))}, end - std::chrono::milliseconds(1));
  }
};

} // namespace detail

/// Aggregates the elements of each key that follow each other within `gap`: `key_by(...).window(session(10min))
/// .aggregate(how)`, with `.allowed_lateness(time)` and `.late_to(sink)` in between as needed.
/// Shape: n -> m, `T` to `windowed<key, value>`; `start` is the first event time, `end` the last one plus the gap; by
/// end. Units: milliseconds of event time.
/// - Emits a session when the watermark reaches its end; every session when upstream completes. An element between two
///   sessions that are open joins them. Backpressures when downstream does and while sessions are due.
/// - An element that comes up to `allowed_lateness` after the end of its session emits that once more, with it; a
///   session that it prolongs or joins with a later one is emitted again at its new end.
/// - An element later than that goes to the late sink; without one it is dropped. Both are counted in `late_total`.
/// - Completes when upstream completed and all sessions were emitted. Cancels when downstream cancels. On drain nothing
///   is emitted.
/// - Fails when an element has no event time, a key or aggregator throws, records of a key also reach another task,
///   state cannot be opened, or upstream fails.
/// Keeps: durable state: tables "<name>/sessions" and "<name>/event-timers". Without a task state, offsets held until
/// the element's key has no session any more.
/// Page: docs/operators/session.md
template <class Keys, class Aggregator, class Late = no_side> struct session_op {
  Keys keys;
  session_spec spec;
  Aggregator how;
  std::chrono::milliseconds lateness{0};
  Late late{};
  std::string name{};

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = windowed<key<In>, detail::aggregate_result<Aggregator, In>>;

  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    using function = detail::session_function<In, Aggregator>;
    constexpr auto longest = std::int64_t{1} << 59U; // so that the arithmetic of times cannot overflow
    process_op<output<In>, Keys, function, Late> op{
        std::move(keys),
        function{std::move(how), spec.gap.count(), std::clamp<std::int64_t>(lateness.count(), 0, longest)},
        std::move(name), "session", std::move(late)};
    return std::move(op).template bind<In>(into, std::move(next));
  }
};

} // namespace cloudflow::stream
