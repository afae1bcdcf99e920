#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/stream/run/pool.hpp"

#include <benchmark/benchmark.h>
#include <ctime>

using namespace cloudflow::stream;

namespace {

constexpr long elements = 50'000'000;

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

void one_boundary(benchmark::State& state) {
  pool_runtime rt({.workers = 2});
  double cpu = 0;
  for (auto _ : state) {
    const double before = cpu_seconds();
    outcome_of<long> folded;
    wait_for(rt.run(source(std::views::iota(0L, elements))
                        .async(static_cast<std::size_t>(state.range(0)))
                        .to(fold(
                            0L, [](long a, long x) { return a + x; }, folded))));
    if (folded.value() != elements * (elements - 1) / 2) state.SkipWithError("wrong sum");
    cpu += cpu_seconds() - before;
  }
  const auto all = static_cast<double>(elements) * static_cast<double>(state.iterations());
  state.counters["ns/element"] =
      benchmark::Counter(all * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["cpu_ns/element"] = cpu / all * 1e9;
}

} // namespace

BENCHMARK(one_boundary)->Arg(16)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
