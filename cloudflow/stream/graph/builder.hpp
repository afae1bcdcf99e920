#pragma once

#include "cloudflow/stream/graph/chain_island.hpp"

#include <deque>
#include <memory>
#include <set>
#include <string>

namespace cloudflow::stream {

class graph_builder;

/// A closed graph: what `.to(sink)` gives and a streamlet's `build` returns. Movable; a runtime materialises it once.
class runnable {
  struct described {
    virtual ~described() = default;
    virtual void launch(graph_builder& into) = 0;
  };
  template <class Launch> struct described_by final : described {
    Launch launch_;
    explicit described_by(Launch launch)
        : launch_(std::move(launch)) {}
    void launch(graph_builder& into) override { launch_(into); }
  };
  std::unique_ptr<described> graph_;

public:
  runnable() = default;
  /// `launch(graph_builder&)` is called once.
  template <class Launch>
    requires(!std::same_as<std::remove_cvref_t<Launch>, runnable>)
  explicit runnable(Launch launch)
      : graph_(std::make_unique<described_by<Launch>>(std::move(launch))) {}
  [[nodiscard]] bool empty() const noexcept { return graph_ == nullptr; }
  void launch(graph_builder& into) && {
    if (graph_) graph_->launch(into);
    graph_.reset();
  }
};

/// Which task reads what a source gives, where several tasks share the work of one description: a streamlet with a
/// repartition has some for each of its halves.
enum class source_home {
  any,       ///< it belongs to no task in particular
  here,      ///< this one
  elsewhere, ///< another: here this source, and the graph behind it, is left out
};

/// Turns a described graph into islands: what sources, operators and sinks are given when they are bound.
/// Binding goes from the sinks to the sources: what was bound before stands behind. A description may be several graphs
/// that meet only in ports (`together`, `repartition_by`): each is bound by itself, and those whose sources are read by
/// other tasks are left out.
class CLOUDFLOW_API graph_builder {
  graph_run& run_;
  const char* holder_ = nullptr;    ///< an operator behind here that holds elements without durable state
  const char* nested_in_ = nullptr; ///< an operator that makes what is bound now anew after failures
  bool recovered_ = false;          ///< a `recover` is behind here
  std::set<std::string> names_;
  bool stateful_ = false;        ///< an operator of this graph keeps durable state
  std::string here_, elsewhere_; ///< a source of this graph, by its home
  std::deque<runnable> apart_;   ///< graphs that are still to be bound
  bool left_out_ = false;

  void refuse_nested(const char* op);
  void launch_one(runnable graph);

public:
  explicit graph_builder(graph_run& run)
      : run_(run) {}
  /// The name of a stateful operator's tables: the given one, else "window-1" and so on, counted from the sinks.
  /// Refuses the graph if the name is taken, or if it has durable state and elements are held behind without any: a
  /// restart would find the state ahead of the outputs.
  [[nodiscard]] std::string stateful(const char* op, std::string given = {});
  /// The operator holds elements and keeps their offsets instead of durable state.
  void holds_elements(const char* op) {
    if (nested_in_ != nullptr) refuse_nested(op);
    holder_ = op;
  }
  /// The operator has elements under way between two calls: it cannot be made anew without losing them.
  void keeps_elements_under_way(const char* op) {
    if (nested_in_ != nullptr) refuse_nested(op);
  }
  /// Binds a description, all graphs of it.
  void launch(runnable graph);
  /// Another graph of the same description, bound after this one.
  void apart(runnable graph) { apart_.push_back(std::move(graph)); }
  /// A graph was left out, because other tasks read its sources.
  [[nodiscard]] bool left_out() const { return left_out_; }
  /// A source of the graph that is being bound.
  void reads(const std::string& source, source_home home);
  /// What is bound from here on, further up, leaves its failures to a `recover`. Returns whether it did already.
  [[nodiscard]] bool recover_from_here() { return std::exchange(recovered_, true); }
  /// What the run of the graph knows; outlives every stage.
  [[nodiscard]] graph_run& run() const { return run_; }
  /// Binds a chain that `op` makes anew after failures: nothing in it may run on its own or hold elements.
  template <class Bind> auto nested(const char* op, Bind&& bind) {
    const auto* const before = std::exchange(nested_in_, op);
    auto made = std::forward<Bind>(bind)();
    nested_in_ = before;
    return made;
  }
  /// Binds one of several chains that stand side by side behind the same operator.
  template <class Bind> auto branch(Bind&& bind) {
    const auto* const before = std::exchange(holder_, nullptr);
    const bool recovered = std::exchange(recovered_, false);
    auto made = std::forward<Bind>(bind)();
    if (holder_ == nullptr) holder_ = before;
    recovered_ = recovered;
    return made;
  }
  /// Binds one of several inputs that stand side by side in front of the same operator.
  template <class Launch> void input(Launch&& launch) {
    const auto* const behind = holder_;
    const bool recovered = recovered_;
    std::forward<Launch>(launch)();
    holder_ = behind;
    recovered_ = recovered;
  }
  /// An island of its own for a driver and the chain behind it.
  template <class Driver, class Chain> void add_island(Driver driver, Chain chain) {
    if (nested_in_ != nullptr) return refuse_nested("a queue");
    run_.add(std::make_shared<chain_island<Driver, Chain>>(run_, run_.next_island_id(), std::move(driver),
                                                           std::move(chain), recovered_));
  }
};

/// Several graphs as one: they start, drain, fail and end together.
template <class... More> runnable together(runnable first, More... more) {
  return runnable([first = std::move(first), ... more = std::move(more)](graph_builder& into) mutable {
    into.apart(std::move(first));
    (into.apart(std::move(more)), ...);
  });
}

/// Runs graphs. Forms: `pool_runtime` (threads) and `testkit::manual_runtime` (seeded, one thread). Thread-safe.
class CLOUDFLOW_API runtime {
  std::mutex mutex_;
  std::vector<std::weak_ptr<graph_run>> runs_;

protected:
  runtime() = default;
  /// What still runs is told to stop at its next turn.
  std::vector<running> abort_all();

public:
  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;
  virtual ~runtime() = default;
  /// Materialises the graph and starts it. An empty handle if all of it was left out, because other tasks read its
  /// sources. Shape: the runnable is not empty.
  [[nodiscard]] running run(runnable graph, run_options options = {});
  [[nodiscard]] virtual executor& turns() = 0;
};

} // namespace cloudflow::stream
