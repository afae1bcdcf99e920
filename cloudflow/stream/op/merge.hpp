#pragma once

#include "cloudflow/stream/graph/boundary.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/sinks.hpp"

#include <chrono>
#include <tuple>
#include <vector>

namespace cloudflow::stream {

struct merge_options {
  std::size_t capacity = 1024; ///< elements, of the queue of each input
  /// An input without elements for so long (processing time) no longer holds the watermark back.
  std::chrono::nanoseconds idle_after = std::chrono::seconds(30);
};

namespace detail {

/// The head of the island behind a merge: takes turns among its queues.
template <class T> class merge_driver {
  struct input {
    std::shared_ptr<boundary<T>> queue; ///< owners: both ends
    timestamp mark = no_event_time;
    std::chrono::nanoseconds active{0};
    commit_id barrier = no_commit; ///< it has come: the input waits for those of the others
    bool over = false;
    bool completed = false; ///< a drained input is not: what it would bring comes in the next run
  };
  static constexpr std::size_t quantum = 64;

  std::vector<input> inputs_;
  std::chrono::nanoseconds idle_after_;
  std::size_t first_ = 0;
  timestamp mark_ = no_event_time;
  ending how_;
  const clock_source* clock_ = nullptr;

public:
  static constexpr bool is_source = false;
  merge_driver(std::vector<std::shared_ptr<boundary<T>>> queues, std::chrono::nanoseconds idle_after)
      : idle_after_(idle_after) {
    for (auto& queue : queues) inputs_.push_back({.queue = std::move(queue)});
  }
  void start(island_services& services) {
    services.add_name("merge");
    clock_ = &services.clock();
    for (auto& each : inputs_) {
      each.queue->consumer_starts(services.wakes_this(), services.id());
      each.active = clock_->steady_now();
      services.add_input([queue = each.queue] { return queue->look(); });
    }
  }
  template <class Chain> pull_outcome pull(std::size_t n, Chain& chain, std::size_t& count) {
    const auto now = clock_->steady_now();
    bool moved = false;
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
      auto& from = inputs_[(first_ + i) % inputs_.size()];
      if (from.over || from.barrier != no_commit || (n == 0 && !from.queue->barrier_is_next())) continue;
      std::size_t taken = 0;
      if (from.queue->consume(
              std::min(n, quantum), chain, taken, [&](timestamp t) { from.mark = t; },
              [&](commit_id b) { from.barrier = b; })) {
        moved = true;
        from.active = now;
        count += taken;
        n = std::min(n - taken, chain.demand());
      }
    }
    first_ = (first_ + 1) % inputs_.size();
    moved |= look_for_ends();
    moved |= pass_mark(chain, now);
    moved |= pass_barrier(chain, now);
    if (all_over()) return pull_outcome::ended;
    return moved ? pull_outcome::moved : pull_outcome::empty;
  }
  [[nodiscard]] bool ends_without_demand() {
    look_for_ends();
    return all_over();
  }
  [[nodiscard]] bool barrier_is_next() const {
    return std::any_of(inputs_.begin(), inputs_.end(), [](const input& each) {
      return !each.over && each.barrier == no_commit && each.queue->barrier_is_next();
    });
  }
  void arm(arming& a) {
    for (auto& each : inputs_) {
      if (each.over || each.barrier != no_commit) continue;
      each.queue->arm_consumer(a);
      if (each.mark == mark_ && others_are_ahead(each)) a.at(each.active + idle_after_);
    }
  }
  void signal() {
    for (auto& each : inputs_) each.queue->signal_producer();
  }
  void drain() {}
  void cancel() {
    for (auto& each : inputs_) each.queue->cancel();
  }
  [[nodiscard]] const ending& ending_of() const { return how_; }

private:
  [[nodiscard]] bool all_over() const {
    return std::all_of(inputs_.begin(), inputs_.end(), [](const input& each) { return each.over; });
  }
  bool look_for_ends() {
    bool moved = false;
    for (auto& each : inputs_) {
      if (each.over || !(each.queue->is_over() || each.queue->aborted())) continue;
      each.over = true;
      moved = true;
      const auto& how = each.queue->how();
      each.completed = how.kind == end_kind::complete;
      if (how.kind > how_.kind) how_ = how; // abort over fail over drain over complete
      if (how.kind < end_kind::fail) continue;
      for (auto& other : inputs_) {
        if (other.over) continue;
        other.queue->cancel();
        other.over = true;
      }
    }
    return moved;
  }
  [[nodiscard]] bool is_idle(const input& each, std::chrono::nanoseconds now) const {
    return each.barrier == no_commit && now - each.active >= idle_after_;
  }
  [[nodiscard]] bool others_are_ahead(const input& self) const {
    for (const auto& each : inputs_) {
      if (&each != &self && !each.over && each.mark > self.mark) return true;
    }
    return false;
  }
  /// When every input that is open has the barrier, so has everything behind.
  template <class Chain> bool pass_barrier(Chain& chain, std::chrono::nanoseconds now) {
    auto n = no_commit;
    for (const auto& each : inputs_) {
      if (!each.over && each.barrier == no_commit) return false;
      n = std::max(n, each.barrier);
    }
    if (n == no_commit) return false;
    for (auto& each : inputs_) {
      each.barrier = no_commit;
      each.active = now;
    }
    chain.on_barrier(n);
    return true;
  }
  template <class Chain> bool pass_mark(Chain& chain, std::chrono::nanoseconds now) {
    auto least = end_of_time;
    for (const auto& each : inputs_) {
      if (each.over ? !each.completed : !is_idle(each, now)) least = std::min(least, each.mark);
    }
    if (least == end_of_time || least <= mark_) return false;
    mark_ = least;
    chain.on_watermark(least);
    return true;
  }
};

} // namespace detail

/// Joins streams of one type into one.
/// Shape: n streams -> 1; order kept within each. Units: `capacity` elements are queued per input.
/// - Emits when any input has an element; inputs take turns of up to 64 elements. Backpressures when downstream does.
/// - The watermark is the least of the inputs' watermarks; an input without elements for `idle_after` does not count.
/// - Completes when all inputs completed; drains when all ended and one drained.
/// - Cancels all inputs when downstream cancels. Fails when an input fails, and cancels the others.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/merge.md
template <class... Sources> class merge_source {
  std::tuple<Sources...> sources_;
  merge_options options_;

public:
  using value_type = typename std::tuple_element_t<0, std::tuple<Sources...>>::value_type;
  static constexpr bool has_offsets = (detail::has_offsets_of<Sources>() && ...);
  static_assert((std::same_as<typename Sources::value_type, value_type> && ...),
                "merge: all streams must have the same element type; map them to a common one first");

  merge_source(merge_options options, Sources... sources)
      : sources_(std::move(sources)...)
      , options_(options) {}
  template <class Chain> void launch(graph_builder& into, Chain chain) {
    std::vector<std::shared_ptr<boundary<value_type>>> queues;
    for (std::size_t i = 0; i < sizeof...(Sources); ++i)
      queues.push_back(std::make_shared<boundary<value_type>>(options_.capacity));
    into.add_island(detail::merge_driver<value_type>(queues, options_.idle_after), std::move(chain));
    std::apply(
        [&](auto&... source) {
          std::size_t i = 0;
          (into.input([&] { source.launch(into, boundary_out<value_type>(queues[i++])); }), ...);
        },
        sources_);
  }
};

} // namespace cloudflow::stream
