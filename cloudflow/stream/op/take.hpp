#pragma once

#include "cloudflow/stream/graph/builder.hpp"

namespace cloudflow::stream {

/// What `take` and `take_while` share: they complete downstream themselves and cancel upstream.
template <class Next> class completing_stage : public stage_base<Next> {
protected:
  bool done_ = false;
  void finish() {
    if (!std::exchange(done_, true)) this->next_.on_end(ending{end_kind::complete, nullptr});
  }

public:
  using stage_base<Next>::stage_base;
  [[nodiscard]] std::size_t demand() { return done_ ? 0 : this->next_.demand(); }
  void on_watermark(timestamp t) {
    if (!done_) this->next_.on_watermark(t);
  }
  void on_barrier(commit_id n) {
    if (!done_) this->next_.on_barrier(n);
  }
  void on_end(const ending& how) {
    if (!std::exchange(done_, true) || how.kind == end_kind::abort) this->next_.on_end(how);
  }
  [[nodiscard]] bool cancelled() { return done_ || this->next_.cancelled(); }
};

/// Passes the first `count` elements, then completes.
/// Shape: n -> at most `count`, type kept, order kept. Units: elements.
/// - Emits when an element arrives and fewer than `count` were emitted. Backpressures when downstream does.
/// - Completes after the `count`-th element (at once if `count == 0`) and cancels upstream then; or when upstream
///   completes. Elements that were not asked for are not taken: demand never exceeds what is left.
/// - Cancels when downstream cancels. Fails when upstream fails.
/// Keeps: nothing to keep: a new run of the graph counts from 0.
/// Page: docs/operators/take.md
struct take_op {
  std::size_t count;
  template <class In> using output = In;

  template <class In, class Next> class stage : public completing_stage<Next> {
    std::size_t left_;

  public:
    stage(std::size_t count, Next next)
        : completing_stage<Next>(std::move(next))
        , left_(count) {}
    void start(island_services& services) {
      services.add_name("take");
      completing_stage<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      --left_;
      const bool more = this->next_.on_next(std::move(element), ctx);
      if (left_ > 0) return more;
      this->finish();
      return false;
    }
    bool advance() {
      const bool moved = this->next_.advance();
      if (left_ > 0 || this->done_) return moved;
      this->finish();
      return true;
    }
    [[nodiscard]] std::size_t demand() { return std::min(left_, completing_stage<Next>::demand()); }
    [[nodiscard]] bool cancelled() { return left_ == 0 || completing_stage<Next>::cancelled(); }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(count, std::move(next));
  }
};

} // namespace cloudflow::stream
