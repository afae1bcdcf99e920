#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <memory>
#include <optional>
#include <utility>

namespace cloudflow::stream {

/// The part of a chain that an operator makes anew after a failure, in front of the rest, which stays: a flow's
/// description, the stages made of it, and the outlet behind them. What is thrown behind the outlet is told from what
/// is thrown in the flow. Confined to its island.
template <class In, class Flow, class Next> class nested_chain {
  using out_type = typename Flow::template output<In>;

  struct rest {
    Next next;
    bool threw = false;
    bool ended = false;
  };

  /// The last stage of the flow: what it answers is the rest's answer.
  class outlet {
    rest* rest_; ///< owned by the nested chain, at a fixed address

  public:
    explicit outlet(rest* behind)
        : rest_(behind) {}
    void start(island_services&) {} // the rest is started once
    bool on_next(out_type&& element, const element_context& ctx) {
      try {
        return rest_->next.on_next(std::move(element), ctx);
      } catch (...) {
        rest_->threw = true;
        throw;
      }
    }
    bool advance() { return rest_->next.advance(); }
    [[nodiscard]] std::size_t demand() { return rest_->next.demand(); }
    void flush() { rest_->next.flush(); }
    void signal() { rest_->next.signal(); }
    void arm(arming& a) { rest_->next.arm(a); }
    void on_watermark(timestamp t) { rest_->next.on_watermark(t); }
    void on_barrier(commit_id n) { rest_->next.on_barrier(n); }
    void on_end(const ending& how) {
      if (!std::exchange(rest_->ended, true) || how.at_once()) rest_->next.on_end(how);
    }
    void roll_back(const element_context& ctx) { rest_->next.roll_back(ctx); }
    [[nodiscard]] bool cancelled() { return rest_->next.cancelled(); }
    [[nodiscard]] bool terminated() { return rest_->next.terminated(); }
  };

  using chain_type =
      decltype(std::declval<Flow>().template bind<In>(std::declval<graph_builder&>(), std::declval<outlet>()));
  const char* op_;
  Flow flow_;
  graph_run* run_;
  std::unique_ptr<rest> rest_;
  std::optional<chain_type> chain_;
  island_services* services_ = nullptr;
  std::size_t counters_begin_ = 0;

  chain_type make(graph_builder& into) {
    return into.nested(op_, [&] { return Flow(flow_).template bind<In>(into, outlet(rest_.get())); });
  }

public:
  nested_chain(const char* op, Flow flow, graph_builder& into, Next next)
      : op_(op)
      , flow_(std::move(flow))
      , run_(&into.run())
      , rest_(std::make_unique<rest>(rest{std::move(next)})) {
    chain_.emplace(make(into));
  }

  void start(island_services& services) {
    services_ = &services;
    counters_begin_ = services.counters_begin();
    chain_->start(services);
    rest_->next.start(services);
  }
  /// What the stages of the flow remembered is gone.
  void make_anew() {
    graph_builder again(*run_); // nothing is left to be refused: the same flow was bound before the start
    auto fresh = make(again);   // a function whose copy throws leaves the old ones
    chain_.emplace(std::move(fresh));
    services_->start_again(counters_begin_, [&] { chain_->start(*services_); });
  }
  /// Whether what is in flight was thrown behind the flow.
  [[nodiscard]] bool threw_behind() { return std::exchange(rest_->threw, false); }
  [[nodiscard]] chain_type& chain() { return *chain_; }
};

/// The answers of a stage whose next one is a nested chain.
template <class In, class Flow, class Next> class nesting_stage {
protected:
  nested_chain<In, Flow, Next> nested_;

public:
  explicit nesting_stage(nested_chain<In, Flow, Next> nested)
      : nested_(std::move(nested)) {}

  void start(island_services& services) { nested_.start(services); }
  bool advance() { return nested_.chain().advance(); }
  [[nodiscard]] std::size_t demand() { return nested_.chain().demand(); }
  void flush() { nested_.chain().flush(); }
  void signal() { nested_.chain().signal(); }
  void arm(arming& a) { nested_.chain().arm(a); }
  void on_watermark(timestamp t) { nested_.chain().on_watermark(t); }
  void on_barrier(commit_id n) { nested_.chain().on_barrier(n); }
  void on_end(const ending& how) { nested_.chain().on_end(how); }
  void roll_back(const element_context& ctx) { nested_.chain().roll_back(ctx); }
  [[nodiscard]] bool cancelled() { return nested_.chain().cancelled(); }
  [[nodiscard]] bool terminated() { return nested_.chain().terminated(); }
};

} // namespace cloudflow::stream
