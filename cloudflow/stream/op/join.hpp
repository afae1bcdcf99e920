#pragma once

#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/run/island.hpp"
#include "cloudflow/stream/state/map_state.hpp"
#include "cloudflow/stream/state/value_state.hpp"

#include <stdexcept>
#include <variant>

namespace cloudflow::stream {

/// The two inputs of a join as one stream: by index, since both may have the same type.
template <class A, class B> using either = std::variant<A, B>;

template <std::size_t Side, class A, class B> struct as_side {
  auto operator()(std::variant_alternative_t<Side, either<A, B>> value) const {
    return either<A, B>(std::in_place_index<Side>, std::move(value));
  }
};

/// The key of either input. Both must give the same type.
template <class A, class B, class KeyA, class KeyB> struct key_of_either {
  KeyA of_a;
  KeyB of_b;
  using type = detail::result_of<KeyA, const A&>;
  static_assert(std::same_as<type, detail::result_of<KeyB, const B&>>,
                "join: where(...) and equals(...) must give the same type of key");
  type operator()(const either<A, B>& element) {
    if (element.index() == 0) return std::invoke(of_a, std::get<0>(element));
    return std::invoke(of_b, std::get<1>(element));
  }
};

/// Elements of either side wait for partners as long as one may come.
template <class A, class B, class F> struct interval_join {
  using place = std::tuple<std::int64_t, std::uint64_t>; ///< event time, number of arrival
  std::int64_t before;
  std::int64_t after;
  F f;
  map_state<place, A> left{"left"};
  map_state<place, B> right{"right"};
  value_state<std::uint64_t> arrivals{"arrivals"};
  stage_counter* late = nullptr;

  auto states() { return std::tie(left, right, arrivals); }
  void start(island_services& services) { late = &services.counter("late_total"); }

  void on_element(const either<A, B>& element, auto& ctx) {
    const auto t = ctx.event_time().time_since_epoch().count();
    if (t < -furthest || t > furthest)
      throw std::invalid_argument("an element of a join has no event time: give the inlet an event time, or put "
                                  ".event_time(&T::member) in front of the join");
    if (ctx.event_time() < ctx.watermark()) return late->add();
    const place here{t, ++arrivals.modify()};
    const auto at = [](const place& p, std::int64_t own) {
      return timestamp(std::chrono::milliseconds(std::max(std::get<0>(p), own)));
    };
    if (element.index() == 0) {
      const auto& a = std::get<0>(element);
      right.each_between({t - before, 0}, {t + after + 1, 0},
                         [&](const place& p, const B& b) { ctx.emit(std::invoke(f, a, b), at(p, t)); });
      left.set(here, a);
      ctx.set_event_timer(timestamp(std::chrono::milliseconds(t + after + 1)));
    } else {
      const auto& b = std::get<1>(element);
      left.each_between({t - after, 0}, {t + before + 1, 0},
                        [&](const place& p, const A& a) { ctx.emit(std::invoke(f, a, b), at(p, t)); });
      right.set(here, b);
      ctx.set_event_timer(timestamp(std::chrono::milliseconds(t + before + 1)));
    }
  }
  void on_event_timer(timestamp, auto& ctx) {
    const auto now = ctx.watermark().time_since_epoch().count();
    left.erase_before({now - after, 0});
    right.erase_before({now - before, 0});
    if (left.size() == 0 && right.size() == 0) arrivals.clear();
  }

private:
  static constexpr std::int64_t furthest = std::int64_t{1} << 60U;
};

/// Joins two streams of one key whose event times lie near each other: `join(orders, payments).where(&order::id)
/// .equals(&payment::order).within(0s, 15min).apply(f)`.
/// Shape: 2 streams -> 1; `f(const A&, const B&)` for every pair with b's time in [a's - before, a's + after], at the
/// later of both times. Units: milliseconds of event time.
/// - Emits when an element meets partners that came before it, in order of their times. Backpressures when downstream
///   does. An element waits in the state until the watermark says that no partner comes any more.
/// - An element behind the watermark is dropped and counted in `late_total`.
/// - Completes when both streams completed. Cancels both when downstream cancels. On drain nothing is lost: the next
/// run
///   goes on.
/// - Fails when an element has no event time, a key or `f` throws, records of a key also reach another task, state
///   cannot be opened, or a stream fails.
/// Keeps: durable state: tables "<name>/left", "<name>/right", "<name>/arrivals", "<name>/event-timers". Without a task
/// state, offsets held until the element's key has nothing that waits.
/// Page: docs/operators/join.md
template <class Left, class Right, class KeyA, class KeyB> class join_on {
  using A = typename Left::value_type;
  using B = typename Right::value_type;

  class face {
    join_on on_;
    std::chrono::milliseconds before_;
    std::chrono::milliseconds after_;
    std::string name_;

  public:
    face(join_on on, std::chrono::milliseconds before, std::chrono::milliseconds after)
        : on_(std::move(on))
        , before_(before)
        , after_(after) {}
    /// The name of its tables, if it is not to be counted.
    auto named(std::string name) && {
      name_ = std::move(name);
      return std::move(*this);
    }
    template <class F>
      requires std::invocable<F&, const A&, const B&>
    auto apply(F f) && {
      using out = std::remove_cvref_t<std::invoke_result_t<F&, const A&, const B&>>;
      return std::move(on_).keyed().template process<out>(
          interval_join<A, B, F>{before_.count(), after_.count(), std::move(f)}, std::move(name_), "join");
    }
  };

public:
  Left left;
  Right right;
  KeyA key_a;
  KeyB key_b;

  /// Pairs with b's event time in [a's - before, a's + after].
  auto within(std::chrono::milliseconds before, std::chrono::milliseconds after) && {
    return face(std::move(*this), before, after);
  }
  /// Both streams as one, by key.
  auto keyed() && {
    return merge(std::move(left).map(as_side<0, A, B>()), std::move(right).map(as_side<1, A, B>()))
        .key_by(key_of_either<A, B, KeyA, KeyB>{std::move(key_a), std::move(key_b)});
  }
};

/// Two streams on their way into a join: waits for `where(key of the left).equals(key of the right)`.
template <class Left, class Right, template <class, class, class, class> class On> class join_face {
  Left left_;
  Right right_;

  template <class KeyA> class where_face {
    Left left_;
    Right right_;
    KeyA key_;

  public:
    where_face(Left left, Right right, KeyA key)
        : left_(std::move(left))
        , right_(std::move(right))
        , key_(std::move(key)) {}
    template <key_for<typename Right::value_type> KeyB> auto equals(KeyB key) && {
      return On<Left, Right, KeyA, KeyB>{std::move(left_), std::move(right_), std::move(key_), std::move(key)};
    }
  };

public:
  join_face(Left left, Right right)
      : left_(std::move(left))
      , right_(std::move(right)) {}
  template <key_for<typename Left::value_type> KeyA> auto where(KeyA key) && {
    return where_face<KeyA>(std::move(left_), std::move(right_), std::move(key));
  }
};

} // namespace cloudflow::stream
