#pragma once

#include "cloudflow/stream/offset/tracker.hpp"
#include "cloudflow/stream/source/durable_position.hpp"
#include "cloudflow/stream/source/port.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace cloudflow::stream {

struct sequence_options {
  std::int64_t first = 0;               ///< the number of the first element
  std::chrono::nanoseconds interval{0}; ///< processing time between two elements; 0: as fast as downstream takes them
};

namespace detail {

template <class T> struct sequence_element {
  using type = T;
};
template <class T> struct sequence_element<std::optional<T>> {
  using type = T;
};
template <class F>
using sequence_element_of =
    typename sequence_element<std::remove_cvref_t<std::invoke_result_t<F&, std::int64_t>>>::type;

} // namespace detail

/// `F` makes element `n`: an element, or an optional one of which the first that is empty ends the sequence.
template <class F>
concept sequence_generator =
    std::invocable<F&, std::int64_t> && !std::is_void_v<std::invoke_result_t<F&, std::int64_t>>;

/// The port of `sequence`. Confined to its island.
template <sequence_generator F> class sequence_port final : public source_port<detail::sequence_element_of<F>> {
  using element = detail::sequence_element_of<F>;

  F f_;
  sequence_options options_;
  offset_tracker tracker_{"sequence"};
  durable_position<std::int64_t> kept_;
  std::int64_t next_;
  bool begun_ = false;
  bool over_ = false;
  ending how_;
  const clock_source* clock_ = nullptr;
  std::chrono::nanoseconds due_{0};

public:
  sequence_port(F f, sequence_options options)
      : f_(std::move(f))
      , options_(options)
      , next_(options.first) {}

  source_status pull(std::size_t limit, batch<element>& out) override {
    if (!begun_) begin();
    if (over_) return source_status::ended;
    if (options_.interval.count() > 0) {
      const auto now = clock_->steady_now();
      if (now < due_) return source_status::empty;
      due_ = std::max(due_ + options_.interval, now);
      limit = std::min<std::size_t>(limit, 1);
    }
    const auto first = next_;
    while (!over_ && out.size() < limit) add(out);
    if (!out.empty()) out.cover(tracker_.run(partition_id(0), record_offset(first), record_offset(next_ - 1)));
    if (over_ && how_.kind != end_kind::fail) kept_.seal_last(next_);
    return over_ ? source_status::ended : source_status::more;
  }
  bool arm(const waker&) override { return over_ || options_.interval.count() == 0 || clock_->steady_now() >= due_; }
  [[nodiscard]] std::chrono::nanoseconds wake_at() const override {
    return options_.interval.count() == 0 ? std::chrono::nanoseconds::max() : due_;
  }
  void drain() override {
    if (over_) return;
    over_ = true;
    how_ = {end_kind::drain, nullptr};
    if (begun_) kept_.seal_last(next_);
  }
  void on_barrier(commit_id n) override {
    tracker_.cut(n);
    kept_.seal(n, next_);
  }
  [[nodiscard]] ending how_ended() const override { return how_; }
  [[nodiscard]] std::string_view keeps() const override { return "sequence"; }
  void name_table(std::string name) override { kept_.name(std::move(name)); }
  void start(island_services& services) override {
    clock_ = &services.clock();
    due_ = clock_->steady_now();
    kept_.start(services.state());
  }
  [[nodiscard]] std::string name() const override { return "sequence"; }

private:
  void begin() {
    begun_ = true;
    if (auto done = kept_.restore(next_); !done)
      give_up({"error", "its position cannot be restored: " + done.error().text(), "sequence", std::nullopt});
  }
  void add(batch<element>& out) {
    try {
      if constexpr (std::same_as<std::remove_cvref_t<std::invoke_result_t<F&, std::int64_t>>, std::optional<element>>) {
        auto made = std::invoke(f_, next_);
        if (!made) {
          over_ = true; // complete
          return;
        }
        out.add(*std::move(made), {record_offset(next_), no_event_time});
      } else {
        out.add(std::invoke(f_, next_), {record_offset(next_), no_event_time});
      }
      ++next_;
    } catch (...) {
      auto why = describe_exception("sequence");
      why.at = position{"sequence", partition_id(0), record_offset(next_)};
      give_up(std::move(why));
    }
  }
  void give_up(failure why) {
    over_ = true;
    how_ = {end_kind::fail, std::make_shared<const failure>(std::move(why))};
  }
};

/// Elements made by their number: `source(sequence([](std::int64_t n) { return reading{n}; }))`. `f(n)` depends on
/// nothing but `n`, so that a restart makes the same elements again.
/// Shape: 0 -> n. Units: elements; processing time between them.
/// - Emits when downstream has demand and the interval is over. Completes at the first empty optional, if `f` gives
///   optionals. Drains at once.
/// - Fails when `f` throws, behind the elements before.
/// Keeps: durable state, where the run has some: the number of the next element. Seekable: after a restart it goes on
/// exactly there.
template <sequence_generator F> [[nodiscard]] auto sequence(F f, sequence_options options = {}) {
  return std::unique_ptr<source_port<detail::sequence_element_of<F>>>(
      std::make_unique<sequence_port<F>>(std::move(f), options));
}

} // namespace cloudflow::stream
