#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/concepts.hpp"
#include "cloudflow/stream/graph/deferred.hpp"

#include <functional>
#include <ranges>

namespace cloudflow::stream {

/// Turns every element into the elements of a range.
/// Shape: 1 -> n, `In` to the range's elements, order kept. Bound: the rest of one element's range is held.
/// - Emits while a range has elements and downstream has demand. Backpressures while a rest is held.
/// - Completes when upstream completed and the rest was emitted; drain and failure wait for it too.
/// - Cancels when downstream cancels. Fails when the function throws (an inlet's error policy may skip the record: what
///   it made and was not published is taken back).
/// Keeps: offsets held until emitted.
/// Page: docs/operators/flat_map.md
template <class F> struct flat_map_op {
  F f;
  template <class In> using range_of = detail::result_of<F, In>;
  template <class In> using output = std::ranges::range_value_t<range_of<In>>;

  template <class In, class Next> class stage : public stage_base<Next> {
    using range = range_of<In>;
    struct rest {
      range elements;
      std::ranges::iterator_t<range> at;
      explicit rest(range r)
          : elements(std::move(r))
          , at(std::ranges::begin(elements)) {}
      rest(const rest&) = delete;
    };
    F f_;
    std::optional<rest> rest_; ///< never copied or moved: `at` points into it
    element_context ctx_;
    token_ref token_;
    deferred_signals later_;

  public:
    stage(F function, Next next)
        : stage_base<Next>(std::move(next))
        , f_(std::move(function)) {}
    stage(stage&& fresh) noexcept // before the first element only
        : stage_base<Next>(std::move(fresh.next_))
        , f_(std::move(fresh.f_)) {}

    void start(island_services& services) {
      services.add_name("flat_map");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      try {
        user_call("flat_map", [&] { rest_.emplace(range(std::invoke(f_, std::move(element)))); });
        if (push(ctx, true)) return true;
      } catch (...) {
        rest_.reset();
        throw;
      }
      if (rest_) {
        ctx_ = ctx;
        token_ = token_ref::share(ctx.token);
      }
      return false;
    }
    bool advance() {
      bool moved = this->next_.advance();
      if (rest_) {
        if (this->next_.demand() == 0) return moved;
        push(ctx_, true);
        moved = true;
        if (rest_) return moved;
        token_.acknowledge();
      }
      return later_.pass(this->next_) || moved;
    }
    [[nodiscard]] std::size_t demand() { return rest_ ? 0 : this->next_.demand(); }
    void on_watermark(timestamp t) {
      if (rest_)
        later_.keep_mark(t);
      else
        this->next_.on_watermark(t);
    }
    void on_barrier(commit_id n) {
      if (rest_)
        later_.keep_barrier(n);
      else
        this->next_.on_barrier(n);
    }
    void on_end(const ending& how) {
      if (rest_ && !how.at_once()) {
        later_.keep_end(how);
        return;
      }
      rest_.reset();
      this->next_.on_end(how);
    }

  private:
    /// Pushes until the range ends or downstream brakes; returns whether more elements may come.
    bool push(const element_context& ctx, bool go_on) {
      auto& at = rest_->at;
      const auto end = std::ranges::end(rest_->elements);
      while (go_on && at != end) {
        if constexpr (std::ranges::view<range>) {
          output<In> element(*at);
          ++at;
          go_on = this->next_.on_next(std::move(element), ctx);
        } else {
          output<In> element(std::move(*at));
          ++at;
          go_on = this->next_.on_next(std::move(element), ctx);
        }
      }
      if (at == end) rest_.reset();
      return go_on;
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(f), std::move(next));
  }
};

} // namespace cloudflow::stream
