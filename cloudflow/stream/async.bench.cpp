#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/stream/run/pool.hpp"

#include <algorithm>
#include <benchmark/benchmark.h>
#include <ctime>
#include <vector>

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

double at_share(std::vector<std::int64_t>& sorted, double share) {
  std::sort(sorted.begin(), sorted.end());
  return static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]) / 1000.0;
}

/// One element at a time into a graph that sleeps: from the call in front of `async()` to the call behind it, and from
/// the offer on this thread to the first of them (a wake-up through the kernel). This thread sleeps meanwhile too.
void lone_element(benchmark::State& state) {
  pool_runtime rt({.workers = 2});
  queue_source<std::int64_t> in(16);
  std::atomic<std::int64_t> arrived{0};
  std::vector<std::int64_t> entering;
  std::vector<std::int64_t> crossing;
  const auto graph = rt.run(source(in)
                                .map([&](std::int64_t offered) {
                                  const auto now = now_ns();
                                  entering.push_back(now - offered);
                                  return now;
                                })
                                .async()
                                .to(for_each([&](std::int64_t sent) {
                                  const auto now = now_ns();
                                  crossing.push_back(now - sent);
                                  arrived.store(now, std::memory_order_release);
                                  arrived.notify_one();
                                })));
  for (auto _ : state) {
    state.PauseTiming();
    const timespec nap{0, 2'000'000};
    ::nanosleep(&nap, nullptr); // the workers fall asleep
    arrived.store(0);
    state.ResumeTiming();
    in.offer(now_ns());
    arrived.wait(0, std::memory_order_acquire);
  }
  in.complete();
  wait_for(graph);
  state.counters["us/crossing"] = at_share(crossing, 0.5);
  state.counters["us/crossing_p90"] = at_share(crossing, 0.9);
  state.counters["us/entering"] = at_share(entering, 0.5);
}

} // namespace

BENCHMARK(lone_element)->Iterations(300)->UseRealTime();
BENCHMARK(one_boundary)->Arg(16)->Arg(1024)->Unit(benchmark::kMillisecond)->UseRealTime();
