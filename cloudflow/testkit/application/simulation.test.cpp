#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/test_simulation_subjects.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using testkit::expectation_failed;
using testkit::simulation;
using namespace testkit::subjects;

namespace {

// Passes every reading on, its value doubled.
class twice final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

// What the example `sensors` does: the mean of every sensor over one minute, every 30 seconds.
class averaging final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(&reading::src)
        .window(stream::sliding(1min, 30s))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          return reading{w.key, w.start, "mean", w.value};
        })
        .to(ctx.sink(out_));
  }
};

} // namespace
CLOUDFLOW_STREAMLET(twice, "sim.twice")
CLOUDFLOW_STREAMLET(averaging, "sim.averaging")

TEST_CASE("simulation runs an application to the end of its input") {
  simulation sim(chain, 1);
  prepare(sim);
  sim.run();
  CHECK(testkit::compare(means_of_doubled(input), sim.records_of<reading>("means")).text() ==
        "missing 0 duplicate 0 wrong 0");
  CHECK(sim.report().calls > 100);
  CHECK(sim.report().crashes == 0);
}

TEST_CASE("simulation gives equal runs for equal seeds, crashes and all, and other runs for others") {
  std::set<std::uint64_t> traces;
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    std::vector<std::string> story;
    for (int again = 0; again < 2; ++again) {
      simulation sim(chain, seed);
      prepare(sim);
      sim.crashes(2).drains(1).rebalances(1).slow_readers();
      sim.run();
      if (again == 0) {
        CHECK(traces.insert(sim.report().trace).second);
        story = sim.report().story;
      } else {
        CHECK(traces.contains(sim.report().trace));
        CHECK(story == sim.report().story);
      }
    }
  }
}

TEST_CASE("simulation kills the process at every single call to log and store, before and after it") {
  const std::vector<reading> few = made_up(24);
  const auto run_with = [&](std::uint64_t call, bool keeps_last) {
    CAPTURE(call);
    CAPTURE(keeps_last);
    simulation sim(chain, 5);
    sim.deliver(streamlet::delivery::exactly_once);
    sim.feed("readings", few, &reading::src);
    if (call > 0) sim.crash_at(call, keeps_last);
    sim.run();
    CHECK(sim.report().crashes == (call > 0 ? 1 : 0));
    CHECK(exactly_once(sim));
    CHECK_MESSAGE(testkit::compare(doubled(few), sim.records_of<reading>("doubled")).exact(), told(sim));
    CHECK(testkit::compare(means_of_doubled(few), sim.records_of<reading>("means")).text() ==
          "missing 0 duplicate 0 wrong 0");
    return sim.report().calls;
  };
  const auto calls = run_with(0, false);
  REQUIRE(calls > 60);
  for (std::uint64_t call = 1; call <= calls; ++call)
    for (const bool keeps_last : {false, true}) run_with(call, keeps_last);
}

TEST_CASE("averages of readings come exactly once, whatever happens to the process") {
  testkit::simulation_report all;
  std::uint64_t runs = 0;
  testkit::for_each_seed("testkit_application/simulation", 200, [&](std::uint64_t seed) {
    simulation sim(chain, seed);
    prepare(sim);
    sim.deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.run();
    const auto on_the_way = testkit::compare(doubled(input), sim.records_of<reading>("doubled"));
    const auto at_the_end = testkit::compare(means_of_doubled(input), sim.records_of<reading>("means"));
    if (!exactly_once(sim) || !on_the_way.exact() || !at_the_end.exact())
      throw expectation_failed("on the way " + on_the_way.text() + ", at the end " + at_the_end.text() + told(sim));
    ++runs;
    all.crashes += sim.report().crashes;
    all.drains += sim.report().drains;
    all.rebalances += sim.report().rebalances;
    all.calls += sim.report().calls;
    all.failures += sim.report().failures;
  });
  MESSAGE(runs, " seeds: ", all.crashes, " crashes, ", all.drains, " drains, ", all.rebalances, " rebalances, ",
          all.failures, " failed instances, ", all.calls, " calls");
  if (runs < 200) return;
  CHECK(all.crashes > static_cast<int>(runs / 2));
  CHECK(all.drains > static_cast<int>(runs / 20));
  CHECK(all.rebalances > static_cast<int>(runs / 20));
}

TEST_CASE("at-least-once loses nothing and invents nothing, but repeats") {
  std::uint64_t repeated = 0;
  testkit::for_each_seed("testkit_application/simulation", 100, [&](std::uint64_t seed) {
    simulation sim(chain, seed);
    prepare(sim);
    sim.deliver(streamlet::delivery::at_least_once);
    weather_of(sim, seed);
    sim.run();
    const auto t = testkit::compare(doubled(input), sim.records_of<reading>("doubled"));
    if (!t.complete()) throw expectation_failed(t.text() + told(sim));
    repeated += t.duplicate;
  });
  MESSAGE(repeated, " records repeated");
}
