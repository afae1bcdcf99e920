#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

namespace {

enum class flaw {
  none,
  forgets_token,     ///< holds an element, and not its offset
  lets_barrier_pass, ///< owes an element while the barrier goes by, though it took the offset for done
};

/// Keeps one element back until the next one comes.
struct one_behind {
  flaw wrong = flaw::none;
  template <class In> using output = In;
  template <class In, class Next> class stage : public stage_base<Next> {
    flaw wrong_;
    std::optional<In> held_;
    element_context ctx_;
    token_ref token_;
    deferred_signals later_;

  public:
    stage(flaw wrong, Next next)
        : stage_base<Next>(std::move(next))
        , wrong_(wrong) {}
    void start(island_services& services) {
      services.add_name("one_behind");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      auto old = std::exchange(held_, std::move(element));
      auto old_ctx = std::exchange(ctx_, ctx);
      auto old_token = std::exchange(token_, token_ref::share(wrong_ == flaw::none ? ctx.token : nullptr));
      if (wrong_ != flaw::none) ctx_.token = nullptr;
      if (!old) return true;
      const bool more = this->next_.on_next(std::move(*old), old_ctx);
      old_token.acknowledge();
      return more;
    }
    bool advance() {
      const bool moved = this->next_.advance();
      if (!later_.end_waits() && !later_.barrier_waits()) return moved;
      if (held_ && this->next_.demand() == 0) return moved;
      if (held_) {
        this->next_.on_next(*std::exchange(held_, std::nullopt), ctx_);
        token_.acknowledge();
      }
      return later_.pass(this->next_) || moved;
    }
    [[nodiscard]] std::size_t demand() {
      return later_.end_waits() || later_.barrier_waits() ? 0 : this->next_.demand();
    }
    void on_barrier(commit_id n) {
      if (wrong_ == flaw::forgets_token) // the offset is done at once, so the element is owed now
        later_.keep_barrier(n);
      else
        this->next_.on_barrier(n);
    }
    void on_end(const ending& how) {
      if (how.kind == end_kind::complete) return later_.keep_end(how);
      held_.reset();
      this->next_.on_end(how);
    }
    void roll_back(const element_context&) {}
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(wrong, std::move(next));
  }
};

auto behind(flaw wrong) {
  return [wrong] { return flow<int>().via(one_behind{wrong}); };
}

} // namespace

TEST_CASE("a stage that holds an element with its offset keeps the law of restarts") {
  CHECK_NOTHROW(check_restarts(behind(flaw::none)));
}

TEST_CASE("the law of restarts finds a drain that loses what was taken for done") {
  CHECK_THROWS_AS(check_restarts(behind(flaw::forgets_token), {.seeds = 100}), expectation_failed);
}

TEST_CASE("the law of restarts finds a barrier that overtakes an element") {
  CHECK_THROWS_AS(check_restarts(behind(flaw::lets_barrier_pass), {.seeds = 100}), expectation_failed);
}
