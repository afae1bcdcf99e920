#pragma once

#include "cloudflow/stream/graph/stage.hpp"
#include "cloudflow/stream/run/running.hpp"

#include <algorithm>

namespace cloudflow::stream {

/// What a driver (the head of an island: a source, a queue, a merge) answers to `pull`.
enum class pull_outcome {
  moved, ///< something was pushed, or its state changed
  empty, ///< nothing there now; `arm` will tell
  ended  ///< nothing will come any more; `ending_of` says how
};

/// The island of a driver and the chain that it feeds.
/// A driver has: start, pull(n, chain), arm, signal, drain, cancel, fail_with, ending_of; `is_source` tells whether
/// graph-wide drain, failure and barriers begin at it: then it also has at_cut (nothing that was read is left) and cut.
template <class Driver, class Chain> class chain_island final : public island {
  struct parts {
    Driver driver;
    Chain chain;
  };
  std::optional<parts> parts_;
  bool source_ended_ = false;
  bool drain_asked_ = false;
  const bool recovered_; ///< a `recover` behind decides whether a failure is the graph's
  bool failed_ = false;
  commit_id barrier_ = no_commit; ///< the last one that this source has sent
  static constexpr std::size_t largest_pull = 1024;

public:
  chain_island(graph_run& graph, int id, Driver driver, Chain chain, bool recovered)
      : island(graph, id)
      , parts_(parts{std::move(driver), std::move(chain)})
      , recovered_(recovered) {}

private:
  void bind(island_services& services) override {
    parts_->driver.start(services);
    parts_->chain.start(services);
  }
  void release() override { parts_.reset(); }

  outcome step() override {
    auto& [driver, chain] = *parts_;
    if (graph().aborting()) return stop(ending{end_kind::abort, nullptr});
    try {
      const auto result = turn(driver, chain);
      driver.signal();
      chain.signal();
      return result;
    } catch (...) {
      return fail_with(std::make_shared<const failure>(describe_exception("engine")));
    }
  }

  outcome turn(Driver& driver, Chain& chain) {
    for (int pulls = 0; pulls < pulls_per_turn; ++pulls) {
      bool moved = chain.advance();
      if (!source_ended_) moved |= feed(driver, chain);
      if (moved) chain.flush();
      if (source_ended_ && chain.terminated()) return outcome::done;
      if (moved) continue;
      arming a(wakes_this());
      if (!source_ended_) {
        if (chain.demand() > 0) driver.arm(a);
        if (chain.cancelled()) a.ready();
      }
      chain.arm(a);
      if (!a.is_ready()) return park(a);
    }
    return outcome::again;
  }

  bool feed(Driver& driver, Chain& chain) {
    if (chain.cancelled()) {
      driver.cancel();
      source_ended_ = true;
      return true;
    }
    if constexpr (Driver::is_source) {
      if (graph().failing()) {
        driver.cancel();
        source_ended_ = true;
        chain.on_end(ending{end_kind::fail, graph().why()});
        return true;
      }
      if (!drain_asked_ && graph().draining()) {
        drain_asked_ = true;
        driver.drain();
      }
      if (const auto n = graph().gate().asked(); n > barrier_ && driver.at_cut()) {
        barrier_ = n;
        driver.cut(n);
        chain.on_barrier(n);
        return true;
      }
    }
    const auto demand = chain.demand();
    if (demand == 0 && !driver.ends_without_demand() && !driver.barrier_is_next()) return false;
    std::size_t count = 0;
    const auto result = driver.pull(std::min(demand, largest_pull), chain, count);
    count_elements(count);
    if (result == pull_outcome::ended) {
      source_ended_ = true;
      auto how = driver.ending_of();
      if constexpr (Driver::is_source) {
        if (how.kind == end_kind::drain) graph().note_drained();
        if (how.kind == end_kind::fail && !recovered_) graph().fail(how.why);
      }
      chain.on_end(how);
      return true;
    }
    return result == pull_outcome::moved;
  }

  /// User code threw: upstream is cancelled, downstream hears of it behind what was emitted before.
  outcome fail_with(std::shared_ptr<const failure> why) {
    if (!recovered_) graph().fail(why);
    auto& [driver, chain] = *parts_;
    try {
      const bool first = !std::exchange(failed_, true);
      if (!source_ended_ || (recovered_ && first)) { // an ending that still waits in a stage is overtaken
        if (!std::exchange(source_ended_, true)) driver.cancel();
        chain.on_end(ending{end_kind::fail, why, true});
        chain.flush();
        driver.signal();
        chain.signal();
        return outcome::again;
      }
    } catch (...) { // a sink that cannot even end: nothing to add to the first failure
    }
    graph().fail(std::move(why));
    return stop(ending{end_kind::fail, graph().why()});
  }

  outcome stop(const ending& how) {
    auto& [driver, chain] = *parts_;
    try {
      if (!source_ended_) driver.cancel();
      source_ended_ = true;
      chain.on_end(ending{end_kind::abort, how.why});
      chain.flush();
      driver.signal();
      chain.signal();
    } catch (...) { // aborting: everything is dropped anyway
    }
    return outcome::done;
  }
};

} // namespace cloudflow::stream
