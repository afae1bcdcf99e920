#include "cloudflow/base/random.hpp"
#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <benchmark/benchmark.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace std::chrono_literals;

namespace {

struct reading {
  std::uint32_t sensor;
  std::int64_t time;
  double value;
};

constexpr std::size_t many = 4'000'000;

const std::vector<reading>& readings() {
  static const auto made = [] {
    seeded_random random(7);
    std::vector<reading> out(many);
    for (std::size_t i = 0; i < many; ++i)
      out[i] = {static_cast<std::uint32_t>(random.below(1000)), static_cast<std::int64_t>(i / 10), random.unit()};
    return out;
  }();
  return made;
}

void per_element(benchmark::State& state) {
  state.counters["ns/element"] =
      benchmark::Counter(static_cast<double>(many) * 1e-9 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

/// Panes as one would write them for this case, on the engine's key table. With `Watermarks` it also does what the
/// chain promises per element: it keeps the latest event time, moves a watermark every 1,024 elements, drops what is
/// late.
template <bool Watermarks> void by_hand(benchmark::State& state) {
  struct cell {
    stream::detail::compensated_sum sum;
    std::uint64_t count = 0;
  };
  for (auto _ : state) {
    key_table<std::uint32_t> keys;
    std::vector<cell> last;
    std::vector<cell> current;
    std::int64_t pane = 0;
    double total = 0;
    std::int64_t latest = 0;
    std::int64_t watermark = 0;
    std::uint64_t late = 0;
    std::uint64_t seen = 0;
    for (const auto& each : readings()) {
      const auto start = each.time / 30'000;
      if (start != pane) {
        for (std::size_t k = 0; k < current.size(); ++k) {
          auto both = k < last.size() ? last[k] : cell();
          both.sum.add(current[k].sum);
          both.count += current[k].count;
          if (both.count != 0) {
            total += both.sum.value() / static_cast<double>(both.count);
          }
        }
        last.swap(current);
        current.assign(keys.bound(), cell());
        pane = start;
      }
      if constexpr (Watermarks) {
        if ((start + 2) * 30'000 <= watermark) {
          ++late;
          continue;
        }
        if (each.time > latest) latest = each.time;
        if (++seen % 1024 == 0) watermark = latest;
      }
      const auto number = keys.find_or_add(each.sensor);
      if (number >= current.size()) current.resize(keys.bound());
      current[number].sum.add(each.value);
      ++current[number].count;
    }
    benchmark::DoNotOptimize(total);
    benchmark::DoNotOptimize(late);
  }
  per_element(state);
}

void window_stage(benchmark::State& state) {
  for (auto _ : state) {
    testkit::manual_runtime rt;
    outcome_of<double> total;
    const auto graph = rt.start(
        source(std::views::all(readings()))
            .event_time([](const reading& r) { return timestamp(std::chrono::milliseconds(r.time)); })
            .key_by(&reading::sensor)
            .window(sliding(1min, 30s))
            .aggregate(avg(&reading::value))
            .to(fold(
                0.0, [](double sum, const windowed<std::uint32_t, double>& w) { return sum + w.value; }, total)));
    benchmark::DoNotOptimize(total.value());
  }
  per_element(state);
}

} // namespace

BENCHMARK(by_hand<false>)->Unit(benchmark::kMillisecond);
BENCHMARK(by_hand<true>)->Unit(benchmark::kMillisecond);
BENCHMARK(window_stage)->Unit(benchmark::kMillisecond);
