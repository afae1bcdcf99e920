#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/simulation.hpp"
#include "cloudflow/testkit/application/simulation_seeds.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::expectation_failed;
using testkit::simulation;

namespace {

timestamp at(std::int64_t seconds) { return timestamp(std::chrono::seconds(seconds)); }

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

namespace {

constexpr const char* chain = R"(blueprint {
  streamlets { first = sim.twice, averages = sim.averaging }
  topics {
    readings { consumers = [first.in] }
    doubled { producers = [first.out], consumers = [averages.in] }
    means { producers = [averages.out] }
  }
})";

std::vector<reading> made_up(int count) {
  std::vector<reading> out;
  for (int n = 0; n < count; ++n)
    out.push_back({"s" + std::to_string(n * 7 % 5), at(n * 3), "oil", 1.0 * (n * n % 97)});
  return out;
}

// The same by a plain loop.
std::vector<reading> expected_of(const std::vector<reading>& in) {
  std::map<std::pair<std::string, std::int64_t>, std::pair<double, int>> windows;
  for (const auto& r : in) {
    const auto t = r.timestamp.time_since_epoch() / 1s;
    for (auto start = t / 30 * 30; start > t - 60; start -= 30) {
      auto& [sum, n] = windows[{r.src, start}];
      sum += 2 * r.value;
      ++n;
    }
  }
  std::vector<reading> out;
  for (const auto& [key, w] : windows) out.push_back({key.first, at(key.second), "mean", w.first / w.second});
  return out;
}

const std::vector<reading> input = made_up(150);

void prepare(simulation& sim) { sim.feed("readings", input, &reading::src); }

void weather_of(simulation& sim, std::uint64_t seed) {
  sim.crashes(static_cast<int>(seed % 4)).drains(static_cast<int>(seed / 4 % 2));
  sim.rebalances(static_cast<int>(seed / 8 % 2)).slow_readers(seed % 3 == 0);
}

std::vector<reading> doubled(std::vector<reading> readings) {
  for (auto& r : readings) r.value *= 2;
  return readings;
}

bool exactly_once(const simulation& sim) { return sim.delivery() == streamlet::delivery::exactly_once; }

std::string told(const simulation& sim) {
  std::string text;
  for (const auto& line : sim.report().story) text += "\n  " + line;
  return text;
}

} // namespace

TEST_CASE("simulation runs an application to the end of its input") {
  simulation sim(chain, 1);
  prepare(sim);
  sim.run();
  CHECK(testkit::compare(expected_of(input), sim.records_of<reading>("means")).text() ==
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

TEST_CASE("an average of readings keeps its promise in whatever happens to the process") {
  testkit::for_each_seed("testkit_application/simulation", 200, [](std::uint64_t seed) {
    simulation sim(chain, seed);
    prepare(sim);
    weather_of(sim, seed);
    sim.run();
    const auto on_the_way = testkit::compare(doubled(input), sim.records_of<reading>("doubled"));
    const auto at_the_end = testkit::compare(expected_of(input), sim.records_of<reading>("means"));
    // With at-least-once readings are repeated on the way, and count twice in an average.
    if (exactly_once(sim) ? !on_the_way.exact() || !at_the_end.exact() : !on_the_way.complete())
      throw expectation_failed("on the way " + on_the_way.text() + ", at the end " + at_the_end.text() + told(sim));
  });
}
