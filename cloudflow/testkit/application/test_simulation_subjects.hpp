#pragma once

#include "schema_testdata/reading.hpp"

#include "cloudflow/testkit/application/simulation.hpp"
#include "cloudflow/testkit/application/simulation_seeds.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

// For the tests of this folder: what is simulated, and the loops that know what must come out. The streamlets are in
// simulation.test.cpp.
namespace cloudflow::testkit::subjects {

using acme::sensors::reading;
using namespace std::chrono_literals;

inline timestamp at(std::int64_t seconds) { return timestamp(std::chrono::seconds(seconds)); }

/// Doubles readings, then averages them over one minute, every 30 seconds.
inline constexpr const char* chain = R"(blueprint {
  streamlets { first = sim.twice, averages = sim.averaging }
  topics {
    readings { consumers = [first.in] }
    doubled { producers = [first.out], consumers = [averages.in] }
    means { producers = [averages.out] }
  }
})";

inline std::vector<reading> made_up(int count) {
  std::vector<reading> out;
  for (int n = 0; n < count; ++n)
    out.push_back({"s" + std::to_string(n * 7 % 5), at(n * 3), "oil", 1.0 * (n * n % 97)});
  return out;
}

inline std::vector<reading> means_of_doubled(const std::vector<reading>& in) {
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

inline const std::vector<reading> input = made_up(150);

inline void prepare(simulation& sim) { sim.feed("readings", input, &reading::src); }

/// Each seed its own weather.
inline void weather_of(simulation& sim, std::uint64_t seed) {
  sim.crashes(static_cast<int>(seed % 4)).drains(static_cast<int>(seed / 4 % 2));
  sim.rebalances(static_cast<int>(seed / 8 % 2)).slow_readers(seed % 3 == 0);
}

inline std::vector<reading> doubled(std::vector<reading> readings) {
  for (auto& r : readings) r.value *= 2;
  return readings;
}

inline bool exactly_once(const simulation& sim) { return sim.delivery() == streamlet::delivery::exactly_once; }

inline std::string told(const simulation& sim) {
  std::string text;
  for (const auto& line : sim.report().story) text += "\n  " + line;
  return text;
}

} // namespace cloudflow::testkit::subjects
