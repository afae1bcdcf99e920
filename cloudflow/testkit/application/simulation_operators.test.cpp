#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/test_simulation_subjects.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <tuple>

using namespace cloudflow;
using namespace std::chrono_literals;
using namespace testkit::subjects;
using testkit::expectation_failed;
using testkit::simulation;

namespace {

// Pairs of readings of one sensor that lie at most ten seconds from each other.
class pairing final : public native::streamlet {
  inlet<reading> oil_ = inlet<reading>("oil").event_time(&reading::timestamp).keyed_by(&reading::src);
  inlet<reading> gas_ = inlet<reading>("gas").event_time(&reading::timestamp).keyed_by(&reading::src);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(oil_, gas_, out_).co_partitioned(oil_, gas_); }
  stream::runnable build(const native::context& ctx) const override {
    return join(ctx.source(oil_), ctx.source(gas_))
        .where(&reading::src)
        .equals(&reading::src)
        .within(10s, 10s)
        .apply([](const reading& oil, const reading& gas) {
          return reading{oil.src, oil.timestamp, gas.gauge, oil.value * 1000 + gas.value};
        })
        .to(ctx.sink(out_));
  }
};

// Readings that their writer may send twice, once each.
class once final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").keyed_by(&reading::src);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .dedup([](const reading& r) { return std::tuple(r.src, r.timestamp.time_since_epoch().count()); }, 24h)
        .to(ctx.sink(out_));
  }
};

constexpr const char* pairs = R"(blueprint {
  streamlets { pairing = sim.pairing }
  topics {
    oil { consumers = [pairing.oil] }
    gas { consumers = [pairing.gas] }
    pairs { producers = [pairing.out] }
  }
})";

constexpr const char* deduplicated = R"(blueprint {
  streamlets { once = sim.once }
  topics {
    readings { consumers = [once.in] }
    unique { producers = [once.out] }
  }
})";

std::vector<reading> gases(int count) {
  std::vector<reading> out;
  for (int n = 0; n < count; ++n)
    out.push_back({"s" + std::to_string(n * 3 % 5), at(n * 3 + 1), "gas", 1.0 * (n * n % 89)});
  return out;
}

std::vector<reading> paired(const std::vector<reading>& oil, const std::vector<reading>& gas) {
  std::vector<reading> out;
  for (const auto& a : oil)
    for (const auto& b : gas)
      if (a.src == b.src && std::chrono::abs(a.timestamp - b.timestamp) <= 10s)
        out.push_back({a.src, a.timestamp, b.gauge, a.value * 1000 + b.value});
  return out;
}

} // namespace
CLOUDFLOW_STREAMLET(pairing, "sim.pairing")
CLOUDFLOW_STREAMLET(once, "sim.once")

TEST_CASE("pairs of a join come exactly once, wherever the process dies and whoever is slow") {
  const auto gas = gases(150);
  const auto expected = paired(input, gas);
  REQUIRE(expected.size() > 100);
  testkit::for_each_seed("testkit_application/simulation_operators", 200, [&](std::uint64_t seed) {
    simulation sim(pairs, seed);
    sim.feed("oil", input, &reading::src).feed("gas", gas, &reading::src);
    sim.deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.run();
    const auto t = testkit::compare(expected, sim.records_of<reading>("pairs"));
    if (!t.exact()) throw expectation_failed(t.text() + told(sim));
  });
}

TEST_CASE("dedup lets nothing through twice that its writer sends again after a crash") {
  int resent = 0;
  testkit::for_each_seed("testkit_application/simulation_operators", 200, [&](std::uint64_t seed) {
    simulation sim(deduplicated, seed);
    prepare(sim);
    sim.deliver(streamlet::delivery::exactly_once);
    weather_of(sim, seed);
    sim.crashes(2).resends(3);
    sim.run();
    const auto t = testkit::compare(input, sim.records_of<reading>("unique"));
    if (!t.exact()) throw expectation_failed(t.text() + told(sim));
    resent += static_cast<int>(sim.values_of("readings").size() - input.size());
  });
  MESSAGE(resent, " readings were sent again");
}
