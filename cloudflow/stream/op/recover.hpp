#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"

#include <functional>
#include <optional>

namespace cloudflow::stream {

/// `F` can be called with a `const failure&` and returns one last `T`, or nothing.
template <class F, class T>
concept recoverer_for = std::invocable<F&, const failure&> &&
                        std::convertible_to<std::invoke_result_t<F&, const failure&>, std::optional<T>>;

/// Answers a failure from in front of it with one last element, and completes.
/// Shape: n -> at most n + 1, type kept, order kept.
/// - Emits when an element arrives; after a failure what the function made of it, without offset and event time.
///   Backpressures when downstream does.
/// - Completes when upstream completes; after a failure when the last element was emitted, and then the graph goes on
///   as if upstream had completed. Each failure that was answered is counted in `recovered_total`.
/// - Cancels when downstream cancels. Fails when the function answers a failure with nothing or throws, when the
/// failure
///   came from behind, from in front of a `broadcast`, or after the graph failed elsewhere.
/// Keeps: nothing to keep. Offsets of elements that were under way in front when it failed stay uncommitted: a new run
/// reads them again.
/// Source: Pekko Streams, `recover`.
/// Page: docs/operators/recover.md
template <class F> struct recover_op {
  F f;
  template <class In> using output = In;

  template <class In, class Next> class stage : public stage_base<Next> {
    F f_;
    graph_run* run_;
    bool answered_behind_; ///< another `recover` behind decides what this one leaves
    std::optional<In> last_;
    bool ended_ = false;
    bool threw_behind_ = false;
    stage_counter* recovered_ = nullptr;

  public:
    stage(F function, graph_run& run, bool answered_behind, Next next)
        : stage_base<Next>(std::move(next))
        , f_(std::move(function))
        , run_(&run)
        , answered_behind_(answered_behind) {}
    void start(island_services& services) {
      services.add_name("recover");
      recovered_ = &services.counter("recovered_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      return behind([&] { return this->next_.on_next(std::move(element), ctx); });
    }
    bool advance() {
      const bool moved = behind([&] { return this->next_.advance(); });
      if (!last_) return moved;
      if (!this->next_.cancelled()) {
        if (this->next_.demand() == 0) return moved;
        auto element = *std::exchange(last_, std::nullopt);
        behind([&] { this->next_.on_next(std::move(element), element_context{}); });
      }
      last_.reset();
      this->next_.on_end(ending{end_kind::complete, nullptr});
      return true;
    }
    [[nodiscard]] std::size_t demand() { return ended_ ? 0 : this->next_.demand(); }
    void flush() {
      behind([&] { this->next_.flush(); });
    }
    void on_watermark(timestamp t) {
      behind([&] { this->next_.on_watermark(t); });
    }
    void on_barrier(commit_id n) {
      behind([&] { this->next_.on_barrier(n); });
    }
    void on_end(const ending& how) {
      const bool first = !std::exchange(ended_, true);
      if (how.kind != end_kind::fail) {
        last_.reset();
        this->next_.on_end(how);
      } else if (first && !threw_behind_ && !run_->failing()) {
        answer(how);
      } else {
        leave(how);
      }
    }

  private:
    template <class Call> decltype(auto) behind(Call&& call) {
      try {
        return std::forward<Call>(call)();
      } catch (...) {
        threw_behind_ = true;
        throw;
      }
    }
    void answer(const ending& how) {
      try {
        if (std::optional<In> made = std::invoke(f_, *how.why)) last_.emplace(std::move(*made));
      } catch (...) {
        return leave({end_kind::fail, std::make_shared<const failure>(describe_exception("recover")), true});
      }
      if (!last_) return leave(how);
      recovered_->add();
    }
    void leave(const ending& how) {
      last_.reset();
      if (!answered_behind_) run_->fail(how.why);
      this->next_.on_end(how);
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    const bool answered_behind = into.recover_from_here();
    return stage<In, Next>(std::move(f), into.run(), answered_behind, std::move(next));
  }
};

} // namespace cloudflow::stream
