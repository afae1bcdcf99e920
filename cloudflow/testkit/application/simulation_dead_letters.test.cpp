#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/test_simulation_subjects.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using namespace testkit::subjects;
using testkit::expectation_failed;
using testkit::simulation;

namespace {

auto refuse(std::string gauge) {
  return [gauge](reading r) {
    if (r.gauge == gauge) throw std::range_error("no " + gauge);
    return r;
  };
}

// No state, so nothing but positions: doubles readings, and throws at every reading of gas.
class checking final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map(refuse("gas"))
        .map([](reading r) {
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

// The mean of every sensor over one minute, every 30 seconds, in state; throws at every reading of water in front of
// that.
class averaging final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map(refuse("water"))
        .key_by(&reading::src)
        .window(stream::sliding(1min, 30s))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          return reading{w.key, w.start, "mean", w.value};
        })
        .to(ctx.sink(out_));
  }
};

// Doubles readings. Each reading of gas fails the streamlet when it is met first.
std::set<timestamp> met;
class flaky final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").on_error(error_policy::fail);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          if (r.gauge == "gas" && met.insert(r.timestamp).second) throw std::range_error("not yet");
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

constexpr const char* unsteady = R"(blueprint {
  streamlets { flaky = sim.flaky }
  topics {
    readings { consumers = [flaky.in], partitions = 1 }
    doubled { producers = [flaky.out] }
  }
})";

constexpr const char* checked = R"(blueprint {
  streamlets { check = sim.checking, averages = sim.averaging-oil }
  topics {
    readings { consumers = [check.in] }
    doubled { producers = [check.out], consumers = [averages.in] }
    means { producers = [averages.out] }
  }
})";

std::vector<reading> mixed() {
  auto out = input;
  for (std::size_t n = 0; n < out.size(); ++n) out[n].gauge = n % 7 == 3 ? "gas" : n % 11 == 5 ? "water" : "oil";
  return out;
}

std::vector<reading> of(std::vector<reading> all, std::initializer_list<const char*> gauges) {
  std::erase_if(all,
                [&](const reading& r) { return std::find(gauges.begin(), gauges.end(), r.gauge) == gauges.end(); });
  return all;
}

} // namespace
CLOUDFLOW_STREAMLET(checking, "sim.checking")
CLOUDFLOW_STREAMLET(averaging, "sim.averaging-oil")
CLOUDFLOW_STREAMLET(flaky, "sim.flaky")

TEST_CASE("each bad record is a dead letter once and each good one in the output once, whatever happens") {
  const auto all = mixed();
  testkit::for_each_seed("testkit_application/simulation_dead_letters", 200, [&](std::uint64_t seed) {
    simulation sim(checked, seed);
    sim.feed("readings", all, &reading::src).deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.run();
    const std::pair<std::vector<reading>, std::vector<reading>> tallies[] = {
        {of(all, {"gas"}), sim.dead_letters_of<reading>("check.in")},
        {doubled(of(all, {"oil", "water"})), sim.records_of<reading>("doubled")},
        {doubled(of(all, {"water"})), sim.dead_letters_of<reading>("averages.in")},
        {means_of_doubled(of(all, {"oil"})), sim.records_of<reading>("means")}};
    for (const auto& [expected, seen] : tallies) {
      const auto t = testkit::compare(expected, seen);
      if (!t.exact()) throw expectation_failed(t.text() + told(sim));
    }
  });
}

TEST_CASE("a streamlet that fails at records again and again gives each result once") {
  const auto all = mixed();
  int failures = 0;
  testkit::for_each_seed("testkit_application/simulation_dead_letters", 60, [&](std::uint64_t seed) {
    met.clear();
    simulation sim(unsteady, seed);
    sim.feed("readings", all, &reading::src).deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.run();
    const auto t = testkit::compare(doubled(all), sim.records_of<reading>("doubled"));
    if (!t.exact()) throw expectation_failed(t.text() + told(sim));
    failures += sim.report().failures;
  });
  CHECK(failures > 60);
}

TEST_CASE("at least once loses no dead letter") {
  const auto all = mixed();
  testkit::for_each_seed("testkit_application/simulation_dead_letters", 40, [&](std::uint64_t seed) {
    simulation sim(checked, seed);
    sim.feed("readings", all, &reading::src).deliver(streamlet::delivery::at_least_once);
    sim.crashes(2).drains(1);
    sim.run();
    const auto t = testkit::compare(of(all, {"gas"}), sim.dead_letters_of<reading>("check.in"));
    const auto u = testkit::compare(doubled(of(all, {"oil", "water"})), sim.records_of<reading>("doubled"));
    if (!t.complete() || !u.complete()) throw expectation_failed(t.text() + "; " + u.text() + told(sim));
  });
}

TEST_CASE("dead letters are exact wherever the process dies, call by call") {
  const auto all = mixed();
  const std::vector<reading> few(all.begin(), all.begin() + 24);
  const auto run_with = [&](std::uint64_t call, bool keeps_last) {
    simulation sim(checked, 7);
    sim.feed("readings", few, &reading::src).deliver(streamlet::delivery::exactly_once);
    if (call > 0) sim.crash_at(call, keeps_last);
    sim.run();
    CAPTURE(call);
    CAPTURE(keeps_last);
    CHECK(testkit::compare(of(few, {"gas"}), sim.dead_letters_of<reading>("check.in")).exact());
    CHECK(testkit::compare(doubled(of(few, {"water"})), sim.dead_letters_of<reading>("averages.in")).exact());
    CHECK(testkit::compare(means_of_doubled(of(few, {"oil"})), sim.records_of<reading>("means")).exact());
    return sim.report().calls;
  };
  const auto calls = run_with(0, false);
  for (std::uint64_t call = 1; call <= calls; ++call)
    for (const bool keeps_last : {false, true}) run_with(call, keeps_last);
}
