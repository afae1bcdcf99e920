#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/test_simulation_subjects.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <tuple>

using namespace cloudflow;
using namespace std::chrono_literals;
using namespace testkit::subjects;
using testkit::expectation_failed;
using testkit::first_seed;
using testkit::simulation;
using testkit::tally;

namespace {

// Sums of doubles depend on their order a little; no mean of this input lies near a cut.
double rounded(double mean) { return std::floor(mean * 1000 + 0.3137) / 1000; }

// tag::gauges[]
// The mean of every gauge of every sensor over one minute, and of these means that of every gauge over five.
class gauges final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src, &reading::gauge);
  outlet<reading> out_{"out", partition_by(&reading::gauge)};
  repartition<reading> by_gauge_{"by-gauge", &reading::gauge};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_, by_gauge_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(&reading::src, &reading::gauge)
        .window(stream::tumbling(1min))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          return reading{std::get<0>(w.key), w.start, std::get<1>(w.key), w.value};
        })
        .repartition_by(ctx.by(by_gauge_))
        .key_by(&reading::gauge)
        .window(stream::tumbling(5min))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          return reading{"all", w.start, w.key, rounded(w.value)};
        })
        .to(ctx.sink(out_));
  }
};
// end::gauges[]

constexpr const char* by_gauge = R"(blueprint {
  streamlets { gauges = sim.gauges }
  topics {
    readings { consumers = [gauges.in] }
    means { producers = [gauges.out] }
  }
})";

std::vector<reading> gauge_readings(int count) {
  const char* names[] = {"oil", "gas", "air", "fuel"};
  std::vector<reading> out;
  for (int n = 0; n < count; ++n)
    out.push_back({"s" + std::to_string(n * 7 % 5), at(n * 5), names[n * 3 % 4], 1.0 * (n * n % 97)});
  return out;
}

std::vector<reading> means_by_gauge(const std::vector<reading>& in) {
  std::map<std::tuple<std::string, std::string, std::int64_t>, std::pair<double, int>> minutes;
  for (const auto& r : in) {
    auto& [sum, n] = minutes[{r.src, r.gauge, r.timestamp.time_since_epoch() / 1s / 60 * 60}];
    sum += r.value;
    ++n;
  }
  std::map<std::pair<std::string, std::int64_t>, std::pair<double, int>> fives;
  for (const auto& [key, minute] : minutes) {
    auto& [sum, n] = fives[{std::get<1>(key), std::get<2>(key) / 300 * 300}];
    sum += minute.first / minute.second;
    ++n;
  }
  std::vector<reading> out;
  for (const auto& [key, five] : fives)
    out.push_back({"all", at(key.second), key.first, rounded(five.first / five.second)});
  return out;
}

const std::vector<reading> measured = gauge_readings(240);
const std::vector<reading> wanted = means_by_gauge(measured);

template <class Prepare> tally outcome_of(std::uint64_t seed, Prepare prepare_weather) {
  simulation sim(by_gauge, seed);
  sim.feed("readings", measured, &reading::src)
      .config("cloudflow.streamlets.gauges.config.repartitions.by-gauge.partitions=2");
  sim.deliver(streamlet::delivery::exactly_once);
  prepare_weather(sim);
  sim.run();
  const auto t = testkit::compare(wanted, sim.records_of<reading>("means"));
  if (!exactly_once(sim)) throw expectation_failed("it does not deliver exactly once");
  return t;
}

template <class Break> void found_within_a_hundred(int crashes, int drains, Break rules) {
  const auto violates = [&](bool broken) {
    return first_seed(100, [&](std::uint64_t seed) {
      return !outcome_of(seed, [&](simulation& sim) {
                sim.crashes(crashes).drains(drains);
                testkit::broken_rules all{};
                if (broken) rules(all);
                sim.break_rules(all);
              }).exact();
    });
  };
  const auto found = violates(true);
  MESSAGE("found by seed ", found);
  CHECK(found != 0);
  CHECK(violates(false) == 0);
}

} // namespace
CLOUDFLOW_STREAMLET(gauges, "sim.gauges")

TEST_CASE("averages of averages behind a repartition come exactly once, whatever happens to the process") {
  REQUIRE(wanted.size() >= 16);
  testkit::simulation_report all;
  testkit::for_each_seed("testkit_application/simulation_repartition", 200, [&](std::uint64_t seed) {
    simulation sim(by_gauge, seed);
    sim.feed("readings", measured, &reading::src);
    sim.config("cloudflow.streamlets.gauges.config.repartitions.by-gauge.partitions=" + std::to_string(1 + seed % 4));
    sim.deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.run();
    const auto t = testkit::compare(wanted, sim.records_of<reading>("means"));
    if (!exactly_once(sim) || !t.exact()) throw expectation_failed(t.text() + told(sim));
    all.crashes += sim.report().crashes;
    all.drains += sim.report().drains;
    all.rebalances += sim.report().rebalances;
  });
  MESSAGE(all.crashes, " crashes, ", all.drains, " drains, ", all.rebalances, " rebalances");
}

TEST_CASE("behind a repartition, positions that are committed when they are read are found within 100 seeds") {
  found_within_a_hundred(2, 0, [](auto& rules) { rules.commits_at_read = true; });
}

TEST_CASE("behind a repartition, a drain that is treated as the end of the input is found within 100 seeds") {
  found_within_a_hundred(0, 2, [](auto& rules) { rules.drain_completes = true; });
}

TEST_CASE("behind a repartition, state that is written before its transaction is found within 100 seeds") {
  found_within_a_hundred(3, 0, [](auto& rules) { rules.early_changelog = true; });
}
