#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <benchmark/benchmark.h>
#include <ctime>

using namespace cloudflow::stream;

namespace {

constexpr long elements = 100'000'000;
constexpr auto triple = [](long x) { return x * 3; };
constexpr auto keep = [](long x) { return (x & 1) == 0; };
constexpr auto shift = [](long x) { return x + 7; };
constexpr auto add = [](long a, long x) { return a + (x ^ (a >> 3)); };

void per_element(benchmark::State& state, long count) {
  state.counters["ns/element"] =
      benchmark::Counter(static_cast<double>(count) * 1e-9 * static_cast<double>(state.iterations()),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void hand_loop(benchmark::State& state) {
  for (auto _ : state) {
    long folded = 0;
    for (long x = 0; x < elements; ++x) {
      const long y = triple(x);
      if (keep(y)) folded = add(folded, shift(y));
    }
    benchmark::DoNotOptimize(folded);
  }
  per_element(state, elements);
}

void std_ranges(benchmark::State& state) {
  for (auto _ : state) {
    long folded = 0;
    for (const long x : std::views::iota(0L, elements) | std::views::transform(triple) | std::views::filter(keep) |
                            std::views::transform(shift))
      folded = add(folded, x);
    benchmark::DoNotOptimize(folded);
  }
  per_element(state, elements);
}

void fused_chain(benchmark::State& state) {
  for (auto _ : state) {
    cloudflow::testkit::manual_runtime rt;
    outcome_of<long> folded;
    const auto run =
        rt.start(source(std::views::iota(0L, elements)).map(triple).filter(keep).map(shift).to(fold(0L, add, folded)));
    benchmark::DoNotOptimize(folded.value());
  }
  per_element(state, elements);
}

} // namespace

BENCHMARK(hand_loop)->Unit(benchmark::kMillisecond);
BENCHMARK(std_ranges)->Unit(benchmark::kMillisecond);
BENCHMARK(fused_chain)->Unit(benchmark::kMillisecond);
