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

std::int64_t now_ns() { return cloudflow::system_clock_source().steady_now().count(); }

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

/// From an offer on this thread to the call on a worker that slept: one crossing into the graph and one `async()`.
void lone_element(benchmark::State& state) {
  pool_runtime rt({.workers = 2});
  queue_source<std::int64_t> in(16);
  std::atomic<std::int64_t> arrived{0};
  const auto graph = rt.run(
      source(in).async().to(for_each([&](std::int64_t) { arrived.store(now_ns(), std::memory_order_release); })));
  double total = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const timespec nap{0, 2'000'000};
    ::nanosleep(&nap, nullptr); // the workers fall asleep
    arrived.store(0);
    state.ResumeTiming();
    const auto before = now_ns();
    in.offer(before);
    while (arrived.load(std::memory_order_acquire) == 0) {
    }
    total += static_cast<double>(arrived.load() - before);
  }
  in.complete();
  wait_for(graph);
  state.counters["us/crossing"] = total / 1000.0 / static_cast<double>(state.iterations());
}

} // namespace

BENCHMARK(lone_element)->Iterations(300)->UseRealTime();
BENCHMARK(one_boundary)->Arg(16)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
