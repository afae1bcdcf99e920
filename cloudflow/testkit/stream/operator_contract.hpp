#pragma once

#include "cloudflow/testkit/stream/probe.hpp"
#include "cloudflow/testkit/stream/restart_laws.hpp"

#include <algorithm>

namespace cloudflow::testkit {

struct contract_options {
  bool ordered = true;      ///< false: outputs are compared as sets (merge, unordered map_async)
  int inputs = 14;          ///< elements 0, 1, 2, ...
  std::uint64_t seeds = 60; ///< random runs without disturbance
  std::uint64_t seeds_per_point = 3;
  bool restarts = true;         ///< false: a new run of it does not go on where the last one stood (take)
  bool restarts_ordered = true; ///< false: after a restart the order is another (windows)
  std::uint64_t chains = 1'000; ///< random chains of runs with commits, crashes and drains
};

namespace detail {

enum class disturbance { none, cancel, fail_upstream, fail_downstream, drain, abort };
inline const char* name_of(disturbance what) {
  switch (what) {
  case disturbance::none: return "an undisturbed run";
  case disturbance::cancel: return "cancel from downstream";
  case disturbance::fail_upstream: return "failure of upstream";
  case disturbance::fail_downstream: return "failure of downstream";
  case disturbance::drain: return "drain";
  case disturbance::abort: return "abort";
  }
  return "?";
}

/// The laws of every operator, as one random driver with a disturbance at a chosen action.
template <class MakeFlow> class operator_laws {
  using flow_type = decltype(std::declval<MakeFlow&>()());
  using in_type = typename flow_type::input_type;
  using out_type = typename flow_type::value_type;

  MakeFlow make_;
  contract_options options_;
  std::vector<out_type> reference_;

  struct run_state {
    std::uint64_t seed;
    disturbance what;
    int point;
  };
  [[noreturn]] static void broken(const run_state& run, const std::string& law) {
    throw expectation_failed("operator contract broken: " + law + " (" + name_of(run.what) + " at action " +
                             std::to_string(run.point) + ", seed " + std::to_string(run.seed) + ")");
  }
  static void hold(bool law, const run_state& run, const char* text) {
    if (!law) broken(run, text);
  }

public:
  operator_laws(MakeFlow make, contract_options options)
      : make_(std::move(make))
      , options_(options) {}

  void check() {
    take_reference();
    for (std::uint64_t seed = 1; seed <= options_.seeds; ++seed) one({seed, disturbance::none, -1}, 1 + seed % 5);
    for (const auto what : {disturbance::cancel, disturbance::fail_upstream, disturbance::fail_downstream,
                            disturbance::drain, disturbance::abort}) {
      for (int point = 0; point < 4 * options_.inputs; ++point) {
        for (std::uint64_t i = 1; i <= options_.seeds_per_point; ++i)
          one({i + 1000 * static_cast<std::uint64_t>(point), what, point}, 1 + i % 4);
      }
    }
  }

private:
  void take_reference() {
    const run_state here{0, disturbance::none, -1};
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, make_());
    out.request(1'000'000);
    for (int i = 0; i < options_.inputs; ++i) in.push(static_cast<in_type>(i));
    in.complete();
    hold(graph.finished(), here, "completion of upstream completes downstream");
    reference_ = out.take();
  }

  void one(const run_state& run, std::uint64_t largest_request) {
    manual_runtime rt(run.seed);
    seeded_random random(run.seed * 31 + 7);
    auto [in, out, graph] = probes(rt, make_());
    std::optional<stream::run_result> result;
    graph.completed([&](const stream::run_result& how) { result = how; });

    int offered = 0;
    bool ended = false;
    bool disturbed = false;
    for (int action = 0; !graph.finished() && action < 4'000; ++action) {
      if (action == run.point && !(ended && run.what == disturbance::fail_upstream)) {
        disturbed = true;
        disturb(run.what, rt, in, out, graph);
        if (run.what == disturbance::fail_upstream) ended = true;
      }
      switch (random.below(4)) {
      case 0:
        if (offered < options_.inputs && !ended) in.offer(static_cast<in_type>(offered++));
        break;
      case 1: out.grant(1 + random.below(largest_request)); break;
      default: rt.step(); break;
      }
      if (offered == options_.inputs && !ended) {
        ended = true;
        in.end({stream::end_kind::complete, nullptr});
      }
      hold(!out.overrun(), run, "no more is emitted than was requested");
    }
    rt.settle();
    hold(graph.finished() && result, run, "the graph comes to its end");
    hold(in.held() == 0, run, "every offset token is settled at the end");
    hold(rt.timers() == 0, run, "no timer outlives its island");
    const bool cancelled = out.cancelled();
    const auto seen = out.take();
    compare(run, seen);
    if (!disturbed || run.what == disturbance::none) {
      hold(result->kind == stream::end_kind::complete, run, "completion of upstream completes the graph");
      hold(out.ending() && out.ending()->kind == stream::end_kind::complete, run, "the sink hears of completion");
      hold(seen.size() == reference_.size(), run, "nothing is lost");
      if (!in.cancelled()) hold(in.committed() == options_.inputs, run, "all offsets are done after completion");
      return;
    }
    switch (run.what) {
    case disturbance::cancel: hold(cancelled, run, "a cancelled graph ends"); break;
    case disturbance::fail_upstream:
      if (!in.cancelled() && !(out.ending() && out.ending()->kind == stream::end_kind::complete)) {
        hold(result->kind == stream::end_kind::fail && result->why->text == "upstream broke", run,
             "a failure of upstream fails the graph");
        hold(out.ending() && out.ending()->kind == stream::end_kind::fail, run, "the sink hears of the failure");
      }
      break;
    case disturbance::fail_downstream:
      if (out.ending() && out.ending()->kind == stream::end_kind::complete) break; // it was over before
      hold(result->kind == stream::end_kind::fail && result->why->text == "downstream broke", run,
           "a failure of downstream fails the graph");
      break;
    case disturbance::drain:
      hold(result->kind == stream::end_kind::drain || result->kind == stream::end_kind::complete, run,
           "a drained graph ends as drained");
      hold(in.committed() <= static_cast<std::int64_t>(in.pulled()), run, "only taken elements are committed");
      break;
    case disturbance::abort:
      hold(result->kind == stream::end_kind::abort, run, "an aborted graph ends as aborted");
      break;
    case disturbance::none: break;
    }
  }

  template <class In, class Out>
  static void disturb(disturbance what, manual_runtime&, In& in, Out& out, const stream::running& graph) {
    switch (what) {
    case disturbance::none: break;
    case disturbance::cancel: out.cancel(); break;
    case disturbance::fail_upstream: {
      stream::failure why{"error", "upstream broke", "probe", std::nullopt};
      in.end({stream::end_kind::fail, std::make_shared<const stream::failure>(std::move(why))});
      break;
    }
    case disturbance::fail_downstream: out.fail("downstream broke"); break;
    case disturbance::drain: graph.drain(); break;
    case disturbance::abort: graph.abort(); break;
    }
  }

  void compare(const run_state& run, std::vector<out_type> seen) {
    if (options_.ordered) {
      hold(seen.size() <= reference_.size() && std::equal(seen.begin(), seen.end(), reference_.begin()), run,
           "what is emitted is a prefix of the undisturbed output: nothing lost, repeated or reordered");
      return;
    }
    auto left = reference_;
    for (const auto& each : seen) {
      const auto found = std::find(left.begin(), left.end(), each);
      hold(found != left.end(), run, "nothing is repeated or invented");
      left.erase(found);
    }
  }
};

} // namespace detail

/// Holds a flow of numbers against the laws of every operator: demand in ones and in many, no overrun, no loss, no
/// repeat, no reorder; completion, cancellation, failure from both sides, drain and abort at every point; all offset
/// tokens settled and all timers gone at the end; under random order of islands. Then against the law of restarts: with
/// commit barriers, crashes and drains anywhere, what was committed is the output of an undisturbed run. Throws
/// `expectation_failed` with the law, the point and the seed. `make` gives a fresh flow whose input can be made from
/// `int`.
template <class MakeFlow> void check_operator_contract(MakeFlow make, contract_options options = {}) {
  detail::operator_laws<MakeFlow>(make, options).check();
  if (options.restarts)
    check_restarts(
        std::move(make),
        {.ordered = options.ordered && options.restarts_ordered, .inputs = options.inputs, .seeds = options.chains});
}

} // namespace cloudflow::testkit

/// One test case with the laws: `OPERATOR_CONTRACT(map, flow<int>().map(f))`. Wants a framework with `TEST_CASE`.
#define OPERATOR_CONTRACT(name, ...)                                                                                   \
  TEST_CASE(#name " obeys the operator contract") {                                                                    \
    ::cloudflow::testkit::check_operator_contract([] { return __VA_ARGS__; });                                         \
  }
