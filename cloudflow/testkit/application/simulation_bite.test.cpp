#include "cloudflow/testkit/application/test_simulation_subjects.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace testkit::subjects;
using testkit::first_seed;
using testkit::simulation;
using testkit::tally;

// Whether the simulation would notice: a protocol that is broken on purpose is found within 100 seeds, the same weather
// without the break is clean.

namespace {

constexpr std::uint64_t seeds = 100;

struct outcome {
  tally on_the_way;
  tally at_the_end;
};

template <class Prepare> outcome outcome_of(std::uint64_t seed, Prepare prepare_weather) {
  simulation sim(chain, seed);
  prepare(sim);
  sim.deliver(streamlet::delivery::exactly_once);
  prepare_weather(sim);
  sim.run();
  return {testkit::compare(doubled(input), sim.records_of<reading>("doubled")),
          testkit::compare(means_of_doubled(input), sim.records_of<reading>("means"))};
}

} // namespace

TEST_CASE("readings lost by delivery at-most-once are found within 100 seeds") {
  const auto lost = [](std::uint64_t seed, streamlet::delivery delivery) {
    return outcome_of(seed, [&](simulation& sim) { sim.crashes(2).deliver(delivery); }).on_the_way.missing > 0;
  };
  const auto found =
      first_seed(seeds, [&](std::uint64_t seed) { return lost(seed, streamlet::delivery::at_most_once); });
  MESSAGE("found by seed ", found);
  CHECK(found != 0);
  CHECK(first_seed(seeds, [&](std::uint64_t seed) { return lost(seed, streamlet::delivery::at_least_once); }) == 0);
}

TEST_CASE("positions that are committed when they are read are found within 100 seeds") {
  const auto lost = [](std::uint64_t seed, bool broken) {
    return outcome_of(seed, [&](simulation& sim) {
             sim.crashes(2).break_rules({.commits_at_read = broken});
           }).on_the_way.missing > 0;
  };
  const auto found = first_seed(seeds, [&](std::uint64_t seed) { return lost(seed, true); });
  MESSAGE("found by seed ", found);
  CHECK(found != 0);
  CHECK(first_seed(seeds, [&](std::uint64_t seed) { return lost(seed, false); }) == 0);
}

TEST_CASE("a drain that is treated as the end of the input is found within 100 seeds") {
  const auto wrong = [](std::uint64_t seed, bool broken) {
    return !outcome_of(seed, [&](simulation& sim) {
              sim.drains(2).break_rules({.drain_completes = broken});
            }).at_the_end.exact();
  };
  const auto found = first_seed(seeds, [&](std::uint64_t seed) { return wrong(seed, true); });
  MESSAGE("found by seed ", found);
  CHECK(found != 0);
  CHECK(first_seed(seeds, [&](std::uint64_t seed) { return wrong(seed, false); }) == 0);
}

TEST_CASE("state that is written before its transaction is committed is found within 100 seeds") {
  const auto wrong = [](std::uint64_t seed, bool broken) {
    return !outcome_of(seed, [&](simulation& sim) {
              sim.crashes(3).break_rules({.early_changelog = broken});
            }).at_the_end.exact();
  };
  const auto found = first_seed(seeds, [&](std::uint64_t seed) { return wrong(seed, true); });
  MESSAGE("found by seed ", found);
  CHECK(found != 0);
  CHECK(first_seed(seeds, [&](std::uint64_t seed) { return wrong(seed, false); }) == 0);
}
