#include "cloudflow/base/random.hpp"
#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"

#include <benchmark/benchmark.h>

using namespace cloudflow;
using namespace cloudflow::stream;

namespace {

constexpr std::size_t many = 4'000'000;

const std::vector<std::uint64_t>& keys(std::uint64_t different) {
  static std::vector<std::uint64_t> made;
  seeded_random random(7);
  made.resize(many);
  for (auto& key : made) key = random.below(different);
  return made;
}

struct counting {
  value_state<std::int64_t> seen{"seen"};
  auto states() { return std::tie(seen); }
  void on_element(const std::uint64_t&, auto& ctx) {
    if (++seen.modify() == 1'000'000'000) ctx.emit(1);
  }
};
constexpr auto self = [](const std::uint64_t& key) { return key; };

void report(benchmark::State& state, double count) {
  state.counters["updates/s"] =
      benchmark::Counter(count * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

/// Updates of one value per key; with a task state, sealed once at the end.
void update(benchmark::State& state) {
  const auto& input = keys(static_cast<std::uint64_t>(state.range(0)));
  for (auto _ : state) {
    testkit::manual_runtime rt;
    std::shared_ptr<task_state> durable;
    if (state.range(1) != 0) durable = std::make_shared<testkit::memory_task_state>();
    const auto graph =
        rt.start(source(std::views::all(input)).key_by(self).process<int>(counting()).to(ignore()), {.state = durable});
    benchmark::DoNotOptimize(graph.finished());
  }
  report(state, many);
}

/// A task that finds a million keys.
void restore(benchmark::State& state) {
  const auto durable = std::make_shared<testkit::memory_task_state>();
  const auto run = [&](testkit::manual_runtime& rt, std::uint64_t count) {
    queue_source<std::uint64_t> in(static_cast<std::size_t>(count) + 1);
    for (std::uint64_t i = 0; i < count; ++i) benchmark::DoNotOptimize(in.offer(i));
    return rt.start(source(in).key_by(self).process<int>(counting()).to(ignore()), {.state = durable});
  };
  {
    testkit::manual_runtime rt;
    run(rt, 1'000'000).drain();
    rt.settle();
    durable->commit(commit_id(1));
  }
  for (auto _ : state) {
    durable->crash();
    testkit::manual_runtime rt;
    run(rt, 1).abort();
    rt.settle();
  }
  report(state, 1e6);
}

} // namespace

BENCHMARK(update)
    ->Args({1'000, 0})
    ->Args({1'000, 1})
    ->Args({100'000, 0})
    ->Args({100'000, 1})
    ->Unit(benchmark::kMillisecond);
BENCHMARK(restore)->Unit(benchmark::kMillisecond);
