#pragma once

#include "cloudflow/base/work_mark.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/graph/deferred.hpp"

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace cloudflow::stream {

/// Whether results come in the order of their elements.
enum class ordering {
  ordered,  ///< as the elements came
  unordered ///< as they get done
};

namespace detail {

/// One call in flight. Written by the island before its turn, by the worker during it, read by the island after `done`.
template <class F, class In, class Out>
class async_call final : public schedulable, public std::enable_shared_from_this<async_call<F, In, Out>> {
public:
  F f;
  std::optional<In> input;
  std::optional<Out> output;
  std::optional<failure> thrown;
  std::atomic<bool> done{false};
  waker island;
  work_mark mark; // of the island, which `island` keeps alive
  // the island's own
  element_context ctx;
  token_ref token;
  std::uint64_t serial = 0;

  explicit async_call(F function)
      : f(std::move(function)) {}
  void run() override {
    const work_scope here(mark);
    try {
      output.emplace(std::invoke(f, std::move(*input)));
    } catch (...) {
      thrown = describe_exception("map_async");
    }
    input.reset();
    done.store(true, std::memory_order_release);
    island.wake();
  }
  void wake() override {}
};

} // namespace detail

/// Applies a function to up to `parallelism` elements at a time, on the runtime's workers.
/// Shape: 1 -> 1, `In` to what the function returns; order kept if `ordering::ordered`. Units: calls in flight.
/// The function is copied once per call slot and must be callable from any worker.
/// - Emits when a result is there (the oldest one, if ordered). Backpressures when `parallelism` calls are in flight or
///   done but not emitted. Watermarks wait for the elements in front of them.
/// - Completes when upstream completed and all results were emitted; drain and failure wait for them too.
/// - Cancels when downstream cancels; results of calls in flight are dropped, their offsets stay uncommitted.
/// - Fails when a call throws, at that element's place in the order.
/// Errors: a `parallelism` of 0 counts as 1.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/map_async.md
template <class F> struct map_async_op {
  std::size_t parallelism;
  F f;
  ordering order;
  template <class In> using output = detail::result_of<F, In>;

  template <class In, class Next> class stage : public stage_base<Next> {
    using call = detail::async_call<F, In, output<In>>;
    struct mark {
      std::uint64_t behind; ///< the serial of the last element in front
      timestamp time;
    };
    F f_;
    std::size_t parallelism_;
    ordering order_;
    std::vector<std::shared_ptr<call>> free_;  ///< owners of a call: the stage, and the executor while its turn is due
    std::deque<std::shared_ptr<call>> flying_; ///< in the order of their elements
    std::deque<mark> marks_;
    std::uint64_t serial_ = 0;
    deferred_signals later_;
    executor* turns_ = nullptr;
    waker waker_;

  public:
    stage(F function, std::size_t parallelism, ordering order, Next next)
        : stage_base<Next>(std::move(next))
        , f_(std::move(function))
        , parallelism_(parallelism)
        , order_(order) {}
    void start(island_services& services) {
      services.add_name("map_async");
      turns_ = &services.turns();
      waker_ = services.wakes_this();
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      std::shared_ptr<call> next;
      if (free_.empty()) {
        next = std::make_shared<call>(f_);
        next->island = waker_;
        next->mark = current_work();
      } else {
        next = std::move(free_.back());
        free_.pop_back();
      }
      next->input.emplace(std::move(element));
      next->done.store(false, std::memory_order_relaxed);
      next->ctx = ctx;
      next->token = token_ref::share(ctx.token);
      next->serial = ++serial_;
      turns_->submit(next);
      flying_.push_back(std::move(next));
      return flying_.size() < parallelism_;
    }
    bool advance() {
      bool moved = this->next_.advance();
      bool room = this->next_.demand() > 0;
      for (auto at = flying_.begin(); room && at != flying_.end();) {
        if (!(*at)->done.load(std::memory_order_acquire)) {
          if (order_ == ordering::ordered) break;
          ++at;
          continue;
        }
        auto done = std::move(*at);
        at = flying_.erase(at);
        room = emit(*done);
        free_.push_back(std::move(done));
        moved = true;
        pass_marks();
      }
      if (flying_.empty()) moved |= later_.pass(this->next_);
      return moved;
    }
    [[nodiscard]] std::size_t demand() {
      return later_.end_waits() || later_.barrier_waits() ? 0 : parallelism_ - flying_.size();
    }
    void arm(arming& a) {
      this->next_.arm(a);
      if (flying_.empty() || this->next_.demand() == 0) return;
      a.waits(wait_kind::answers); // each call wakes the island when it is done
      for (const auto& each : flying_) {
        if (each->done.load(std::memory_order_acquire)) a.ready();
        if (order_ == ordering::ordered) return;
      }
    }
    void on_watermark(timestamp t) {
      if (!marks_.empty() && marks_.back().behind == serial_)
        marks_.back().time = t;
      else
        marks_.push_back({serial_, t});
      pass_marks();
    }
    void on_barrier(commit_id n) {
      if (flying_.empty())
        this->next_.on_barrier(n);
      else
        later_.keep_barrier(n); // no element comes before it is passed on, so none overtakes it
    }
    void on_end(const ending& how) {
      if (!flying_.empty() && !how.at_once()) {
        later_.keep_end(how);
        return;
      }
      flying_.clear();
      this->next_.on_end(how);
    }
    void roll_back(const element_context&) {}

  private:
    bool emit(call& done) {
      if (done.thrown) {
        auto why = std::move(*done.thrown);
        if (done.ctx.token != nullptr) why.at = done.ctx.token->at(done.ctx.offset);
        throw stage_failure(std::move(why));
      }
      const bool more = this->next_.on_next(std::move(*done.output), done.ctx);
      done.output.reset();
      done.token.acknowledge();
      return more;
    }
    void pass_marks() {
      std::uint64_t oldest = serial_ + 1;
      for (const auto& each : flying_) oldest = std::min(oldest, each->serial);
      while (!marks_.empty() && marks_.front().behind < oldest) {
        const auto time = marks_.front().time;
        marks_.pop_front();
        this->next_.on_watermark(time);
      }
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    into.keeps_elements_under_way("map_async");
    return stage<In, Next>(std::move(f), std::max<std::size_t>(parallelism, 1), order, std::move(next));
  }
};

} // namespace cloudflow::stream
