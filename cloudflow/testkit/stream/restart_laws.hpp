#pragma once

#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <algorithm>

namespace cloudflow::testkit {

struct restart_options {
  bool ordered = true;         ///< false: outputs are compared as sets
  int inputs = 14;             ///< elements 0, 1, 2, ...
  std::uint64_t seeds = 1'000; ///< each a chain of runs
};

namespace detail {

/// The law of restarts: a small committer around the flow. At random moments it sends a barrier and commits what the
/// sinks had before it, the offsets of its cut and the state sealed with it; at others the process crashes, and what
/// was not committed is gone, or drains. The committed outputs of all runs are those of one undisturbed run.
template <class MakeFlow> class restart_laws {
  using flow_type = decltype(std::declval<MakeFlow&>()());
  using in_type = typename flow_type::input_type;
  using out_type = typename flow_type::value_type;

  MakeFlow make_;
  restart_options options_;
  std::vector<out_type> reference_;

  /// What is safe, in all runs of a chain.
  struct ledger {
    std::shared_ptr<memory_task_state> state = std::make_shared<memory_task_state>();
    std::vector<out_type> outputs;
    int position = 0;
    int runs = 0;
    std::string story;
  };
  [[noreturn]] static void broken(std::uint64_t seed, const ledger& safe, const std::string& law) {
    throw expectation_failed("operator contract broken: " + law + " (seed " + std::to_string(seed) + ":" + safe.story +
                             "; committed " + detail::show(safe.outputs) + ")");
  }

public:
  restart_laws(MakeFlow make, restart_options options)
      : make_(std::move(make))
      , options_(options) {}

  void check() {
    take_reference();
    for (std::uint64_t seed = 1; seed <= options_.seeds; ++seed) {
      ledger safe;
      seeded_random random(seed * 31 + 11);
      // The further, the calmer: every chain comes to its end.
      while (!one_run(seed, random, safe)) {
        if (++safe.runs > 200) broken(seed, safe, "a chain of runs comes to its end");
      }
      compare(seed, safe);
      if (safe.state->size() != 0) broken(seed, safe, "an input that is over leaves no state");
    }
  }

private:
  void take_reference() {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, make_());
    out.request(1'000'000);
    for (int i = 0; i < options_.inputs; ++i) in.push(static_cast<in_type>(i));
    in.complete();
    if (!graph.finished()) throw expectation_failed("completion of upstream completes downstream");
    reference_ = out.take();
  }

  /// One life of the process, from the committed position on; true if the input is over.
  bool one_run(std::uint64_t seed, seeded_random& random, ledger& safe) {
    safe.state->crash();
    manual_runtime rt(seed * 1000 + static_cast<std::uint64_t>(safe.runs) + 1);
    in_probe<in_type> in(rt, safe.position);
    out_probe<out_type> out(rt);
    auto graph =
        rt.start(stream::source(in.make_port()).via(make_()).to(stream::sink(out.make_port())), {.state = safe.state});
    int offered = safe.position;
    std::uint64_t commits = 0;
    bool arrived = false;
    bool waiting = false;
    std::vector<out_type> staged;
    const auto stage = [&] {
      auto fresh = out.take();
      staged.insert(staged.end(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
    };
    const auto commit = [&](std::optional<std::int64_t> moved) {
      stage();
      for (auto& each : staged) safe.outputs.push_back(std::move(each));
      staged.clear();
      if (moved) safe.position = static_cast<int>(*moved);
      safe.state->commit(stream::commit_id(commits));
      safe.story += " commit " + std::to_string(safe.position);
    };
    const auto largest_request = 1 + random.below(5);
    const auto calm = 6 + 4 * static_cast<std::uint64_t>(safe.runs);
    for (int action = 0; !graph.finished() && action < 20'000; ++action) {
      switch (random.below(5)) {
      case 0:
        if (offered < options_.inputs) in.offer(static_cast<in_type>(offered++));
        break;
      case 1: out.grant(1 + random.below(largest_request)); break;
      case 2:
        if (arrived) {
          arrived = waiting = false;
          commit(in.take_progress(stream::commit_id(commits)));
          graph.release(stream::commit_id(commits));
        } else if (!waiting) {
          waiting = true;
          ++commits;
          graph.barrier(stream::commit_id(commits), [&] { arrived = true; });
        }
        break;
      default: rt.step(); break;
      }
      if (offered == options_.inputs) in.end({stream::end_kind::complete, nullptr});
      if (random.below(calm) == 0 && random.below(10) == 0) {
        if (random.below(2) == 0) {
          safe.story += " crash";
          graph.abort();
          rt.settle();
          return false;
        }
        if (!waiting) {
          safe.story += " drain";
          graph.drain();
        }
      }
    }
    out.grant(1'000'000);
    rt.settle();
    if (arrived) { // the graph ended while the commit was open: what came later belongs to the next one
      commit(in.take_progress(stream::commit_id(commits)));
      graph.release(stream::commit_id(commits));
      rt.settle();
    }
    if (!graph.finished()) broken(seed, safe, "the graph comes to its end");
    if (out.overrun()) broken(seed, safe, "no more is emitted than was requested");
    if (in.held() != 0) broken(seed, safe, "every offset token is settled at the end");
    ++commits;
    commit(in.take_progress());
    const bool over = out.ending() && out.ending()->kind == stream::end_kind::complete;
    safe.story += over ? " end" : " stop";
    return over;
  }

  void compare(std::uint64_t seed, ledger& safe) {
    if (options_.ordered) {
      if (safe.outputs != reference_)
        broken(seed, safe, "the committed outputs are those of an undisturbed run, " + detail::show(reference_));
      return;
    }
    auto left = reference_;
    for (const auto& each : safe.outputs) {
      const auto found = std::find(left.begin(), left.end(), each);
      if (found == left.end()) broken(seed, safe, "nothing is committed twice or invented");
      left.erase(found);
    }
    if (!left.empty()) broken(seed, safe, "nothing is lost");
  }
};

} // namespace detail

/// Holds a flow of numbers against the law of restarts alone.
template <class MakeFlow> void check_restarts(MakeFlow make, restart_options options = {}) {
  detail::restart_laws<MakeFlow>(std::move(make), options).check();
}

} // namespace cloudflow::testkit
