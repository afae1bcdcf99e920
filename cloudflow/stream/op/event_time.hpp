#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <functional>

namespace cloudflow::stream {

/// Gives every element its event time, and the stream a watermark that stays `lateness` behind the latest one.
/// Shape: 1 -> 1, type kept, order kept. Units: milliseconds of event time.
/// - Emits when an element arrives; the watermark moves at the end of each batch. Backpressures when downstream does.
/// - Completes when upstream completes. Cancels when downstream cancels.
/// - Fails when the function throws or upstream fails. A watermark from upstream is replaced.
/// Keeps: nothing to keep.
/// Page: docs/operators/event_time.md
template <class F> struct event_time_op {
  F f;
  std::chrono::milliseconds lateness;
  template <class In> using output = In;

  template <class In, class Next> class stage : public stage_base<Next> {
    F f_;
    std::chrono::milliseconds lateness_;
    timestamp latest_ = no_event_time;
    timestamp passed_ = no_event_time;

  public:
    stage(F f, std::chrono::milliseconds lateness, Next next)
        : stage_base<Next>(std::move(next))
        , f_(std::move(f))
        , lateness_(lateness) {}
    void start(island_services& services) {
      services.add_name("event_time");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      auto timed = ctx;
      timed.time = user_call("event_time", [&] { return timestamp(std::invoke(f_, std::as_const(element))); });
      if (timed.time > latest_) latest_ = timed.time;
      return this->next_.on_next(std::move(element), timed);
    }
    void on_watermark(timestamp) {}
    void on_barrier(commit_id n) {
      pass_mark(); // so that state behind knows all that this commit's elements say
      this->next_.on_barrier(n);
    }
    void flush() {
      pass_mark();
      stage_base<Next>::flush();
    }

  private:
    void pass_mark() {
      if (latest_ <= passed_) return;
      passed_ = latest_;
      this->next_.on_watermark(latest_ < timestamp::min() + lateness_ ? timestamp::min() : latest_ - lateness_);
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(f), lateness, std::move(next));
  }
};

} // namespace cloudflow::stream
