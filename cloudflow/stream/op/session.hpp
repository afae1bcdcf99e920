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
    if (end_of(last) <= ctx.watermark()) return late->add();
    auto& sessions = open.modify();
    session grown{t, t, how.template create<In>()};
    bool first = true;
    std::vector<session> kept;
    for (auto& s : sessions) { // by time
      if (!touches(s)) {
        kept.push_back(std::move(s));
        continue;
      }
      ctx.cancel_event_timer(end_of(std::get<1>(s)));
      std::get<0>(grown) = std::min(std::get<0>(grown), std::get<0>(s));
      std::get<1>(grown) = std::max(std::get<1>(grown), std::get<1>(s));
      if (std::exchange(first, false))
        std::get<2>(grown) = std::move(std::get<2>(s));
      else
        how.merge(std::get<2>(grown), std::as_const(std::get<2>(s)));
    }
    how.add(std::get<2>(grown), element);
    ctx.set_event_timer(end_of(std::get<1>(grown)));
    const auto place =
        std::find_if(kept.begin(), kept.end(), [&](const session& s) { return std::get<0>(s) > std::get<0>(grown); });
    kept.insert(place, std::move(grown));
    sessions = std::move(kept);
  }
  void on_event_timer(timestamp at, auto& ctx) {
    if (!open.has_value()) return;
    auto& sessions = open.modify();
    std::erase_if(sessions, [&](const session& s) {
      const auto end = end_of(std::get<1>(s));
      if (end > at) return false;
      const timestamp start{std::chrono::milliseconds(std::get<0>(s))};
      ctx.emit({ctx.key(), start, end, how.result(std::as_const(std::get<2>(s)))}, end - std::chrono::milliseconds(1));
      return true;
    });
    if (sessions.empty()) open.clear();
  }

private:
  [[nodiscard]] timestamp end_of(std::int64_t last) const { return timestamp(std::chrono::milliseconds(last + gap)); }
};

} // namespace detail

/// Aggregates the elements of each key that follow each other within `gap`: `key_by(...).window(session(10min))
/// .aggregate(how)`.
/// Shape: n -> m, `T` to `windowed<key, value>`; `start` is the first event time, `end` the last one plus the gap; by
/// end. Units: milliseconds of event time.
/// - Emits a session when the watermark reaches its end; every session when upstream completes. An element between two
///   sessions that are open joins them. Backpressures when downstream does and while sessions are due.
/// - An element whose session would be over is dropped and counted in `late_total`.
/// - Completes when upstream completed and all sessions were emitted. Cancels when downstream cancels. On drain nothing
///   is emitted.
/// - Fails when an element has no event time, a key or aggregator throws, records of a key also reach another task,
///   state cannot be opened, or upstream fails.
/// Keeps: durable state: tables "<name>/sessions" and "<name>/event-timers". Without a task state, offsets held until
/// the element's key has no session any more.
/// Page: docs/operators/session.md
template <class Keys, class Aggregator> struct session_op {
  Keys keys;
  session_spec spec;
  Aggregator how;
  std::string name;

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = windowed<key<In>, detail::aggregate_result<Aggregator, In>>;

  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    using function = detail::session_function<In, Aggregator>;
    process_op<output<In>, Keys, function> op{std::move(keys), function{std::move(how), spec.gap.count()},
                                              std::move(name), "session"};
    return std::move(op).template bind<In>(into, std::move(next));
  }
};

} // namespace cloudflow::stream
