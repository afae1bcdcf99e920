#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/memory_store.hpp"

#include <benchmark/benchmark.h>

#include <string>
#include <vector>

using namespace cloudflow;

namespace {

const topic_name bench_topic("bench");

// Appends and reads batches of 100-byte records, as a pipeline that keeps up does.
void append_and_fetch(benchmark::State& state) {
  const auto batch = static_cast<std::size_t>(state.range(0));
  const bool keyed = state.range(1) != 0;
  metric_registry metrics;
  log::memory_log log(system_clock_source(), {.metrics = &metrics});
  if (!log.create_topic({.name = bench_topic, .partitions = 3, .cleanup = log::cleanup_policy::consumed}))
    return state.SkipWithError("no topic");
  auto producer = log.open_producer({});
  auto writer = (*producer)->open(bench_topic);
  auto consumer = log.open_consumer({.topics = {bench_topic}, .group = group_name("g")});
  const std::string value(90, 'v');
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < batch; ++i) keys.push_back("key-" + std::to_string(i % 1000));
  std::vector<log::outgoing_record> records(batch);
  for (std::size_t i = 0; i < batch; ++i) {
    records[i].value = as_bytes(value);
    if (keyed) records[i].key = as_bytes(keys[i]);
  }
  log::polled got;
  std::vector<log::source_position> done;
  std::size_t read = 0, sent = 0, bytes_seen = 0;
  for (auto _ : state) {
    if (!(*writer)->send(records)) return state.SkipWithError("refused");
    sent += batch;
    while (read < sent) {
      if (!(*consumer)->poll({.max_records = 4096, .max_bytes = 1 << 20}, got)) return state.SkipWithError("poll");
      for (const auto& r : got.records) bytes_seen += r.value->size();
      read += got.records.size();
    }
    done.clear();
    for (const auto s : (*consumer)->assignment()) done.push_back({s, *(*consumer)->position(s)});
    (*consumer)->commit(done);
  }
  benchmark::DoNotOptimize(bytes_seen);
  state.SetItemsProcessed(static_cast<std::int64_t>(read));
}

// The writer is ahead: everything goes through the store.
void append_spill_fetch(benchmark::State& state) {
  for (auto _ : state) {
    store::memory_store spill;
    log::memory_log log(system_clock_source(), {.spill = &spill});
    if (!log.create_topic({.name = bench_topic, .partitions = 3})) return state.SkipWithError("no topic");
    auto producer = log.open_producer({});
    auto writer = (*producer)->open(bench_topic);
    const std::string value(100, 'v');
    const std::vector<log::outgoing_record> records(512, log::outgoing_record{.value = as_bytes(value)});
    for (int i = 0; i < 1000; ++i)
      if (!(*writer)->send(records)) return state.SkipWithError("refused");
    auto consumer = log.open_consumer({.topics = {bench_topic}, .group = group_name("g")});
    log::polled got;
    std::size_t read = 0;
    while (read < 512'000) {
      if (!(*consumer)->poll({}, got)) return state.SkipWithError("poll");
      read += got.records.size();
    }
  }
  state.SetItemsProcessed(state.iterations() * 512'000);
}

} // namespace

BENCHMARK(append_and_fetch)
    ->ArgNames({"batch", "keyed"})
    ->Args({1, 0})
    ->Args({64, 0})
    ->Args({64, 1})
    ->Args({512, 0})
    ->Args({512, 1});
BENCHMARK(append_spill_fetch)->Unit(benchmark::kMillisecond);
