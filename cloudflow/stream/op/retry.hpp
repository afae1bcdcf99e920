#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/run/backoff.hpp"

#include <functional>

namespace cloudflow::stream {

/// Applies a function to every element, and again after a while when it throws: up to `retries` times an element.
/// Shape: 1 -> 1, `In` to what the function returns, order kept. Bound: one element waits. Units: processing time.
/// The function is called with a `const In&`.
/// - Emits when the function has returned. Backpressures when downstream does, or while an element waits for its next
///   try. Further tries are counted in `retried_total`.
/// - Completes when upstream completed and no element waits; watermarks and commit barriers wait too. A drain
///   does not wait: what is left of the tries follows at once. On failure the waiting element stays uncommitted.
/// - Cancels when downstream cancels. Fails when the last try throws (without any retries an inlet's error policy may
///   skip the record), or upstream fails.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/retry.md
template <class F> struct retry_op {
  std::size_t retries;
  backoff wait;
  F f;
  template <class In> using output = detail::result_of<F, const In&>;

  template <class In, class Next> class stage : public stage_base<Next> {
    struct waiting {
      In element;
      element_context ctx;
      token_ref token;
    };
    std::size_t retries_;
    F f_;
    graph_run* run_;
    backoff_timer timer_;
    std::optional<waiting> waiting_;
    deferred_signals later_;
    stage_counter* retried_ = nullptr;

  public:
    stage(std::size_t retries, backoff how, F function, graph_run& run, Next next)
        : stage_base<Next>(std::move(next))
        , retries_(retries)
        , f_(std::move(function))
        , run_(&run)
        , timer_(how) {}
    void start(island_services& services) {
      services.add_name("retry");
      retried_ = &services.counter("retried_total");
      timer_.start(services);
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      auto made = attempt(element);
      if (made) return this->next_.on_next(std::move(*made), ctx);
      waiting_.emplace(waiting{std::move(element), ctx, token_ref::share(ctx.token)});
      return false;
    }
    bool advance() {
      const bool moved = this->next_.advance();
      if (!waiting_) return later_.pass(this->next_) || moved;
      if (this->next_.demand() == 0 || !(timer_.is_due() || run_->draining())) return moved;
      retried_->add();
      auto made = again();
      if (!made) return true;
      auto done = std::move(*waiting_);
      waiting_.reset();
      timer_.reset();
      this->next_.on_next(std::move(*made), done.ctx);
      done.token.acknowledge();
      later_.pass(this->next_);
      return true;
    }
    [[nodiscard]] std::size_t demand() { return waiting_ ? 0 : this->next_.demand(); }
    void arm(arming& a) {
      if (waiting_ && this->next_.demand() > 0) timer_.arm(a);
      this->next_.arm(a);
    }
    void on_watermark(timestamp t) {
      if (waiting_)
        later_.keep_mark(t);
      else
        this->next_.on_watermark(t);
    }
    void on_barrier(commit_id n) {
      if (waiting_)
        later_.keep_barrier(n);
      else
        this->next_.on_barrier(n);
    }
    void on_end(const ending& how) {
      if (waiting_ && how.kind == end_kind::complete) {
        later_.keep_end(how);
        return;
      }
      waiting_.reset();
      this->next_.on_end(how);
    }

  private:
    /// Nothing: try again when the timer is due. Throws when that was the last try.
    std::optional<output<In>> attempt(const In& element) {
      try {
        return output<In>(std::invoke(f_, element));
      } catch (...) {
        if (timer_.tries() >= retries_) {
          timer_.reset();
          rethrow_as_stage_failure("retry");
        }
      }
      timer_.failed();
      return std::nullopt;
    }
    std::optional<output<In>> again() {
      try {
        return attempt(waiting_->element);
      } catch (stage_failure& last) {
        const auto& ctx = waiting_->ctx;
        if (ctx.token != nullptr) last.what().at = ctx.token->at(ctx.offset);
        throw;
      }
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    into.keeps_elements_under_way("retry");
    return stage<In, Next>(retries, wait, std::move(f), into.run(), std::move(next));
  }
};

} // namespace cloudflow::stream
