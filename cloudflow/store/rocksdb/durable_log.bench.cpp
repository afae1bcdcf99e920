#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

#include <benchmark/benchmark.h>

#include <ctime>
#include <filesystem>
#include <string>
#include <unistd.h>
#include <vector>

using namespace cloudflow;
namespace fs = std::filesystem;

namespace {

constexpr int records = 600'000;
const topic_name in("in"), out("out");

double cpu_seconds() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t); // with RocksDB's own threads
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

// Copies a topic on the durable log as a task does: 256 records of 100 bytes at a time, positions every 100 ms; at
// least once, or in transactions. CPU time of the copy alone.
void copy(benchmark::State& state) {
  const bool exactly_once = state.range(0) != 0;
  const bool sync = state.range(1) != 0;
  for (auto _ : state) {
    auto name = (fs::temp_directory_path() / "cloudflow-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return state.SkipWithError("no folder");
    {
      const store::rocksdb_memory memory;
      auto store = store::rocksdb_store::open(fs::path(name) / "db", memory);
      if (!store) return state.SkipWithError("no store");
      auto opened = log::memory_log::open(system_clock_source(), {.durable = store->get(), .sync = sync});
      auto& log = **opened;
      for (const auto& t : {in, out})
        if (!log.create_topic({.name = t, .partitions = 3})) return state.SkipWithError("no topic");
      const std::string value(90, 'v');
      {
        auto producer = log.open_producer({});
        auto writer = (*producer)->open(in);
        const std::vector<log::outgoing_record> batch(1000, log::outgoing_record{.value = as_bytes(value)});
        for (int i = 0; i < records; i += 1000)
          if (!(*writer)->send(batch)) return state.SkipWithError("refused");
      }
      auto producer = log.open_producer({.transactional_id = exactly_once ? "copy" : ""});
      auto writer = (*producer)->open(out);
      auto reader = log.open_consumer({.topics = {in}, .group = group_name("copy")});
      log::polled got;
      std::vector<log::outgoing_record> batch;
      bool good = true, open = false;
      const auto answer = [&](const result<void>& r) { good = good && r; };
      const auto commit = [&] {
        std::vector<log::source_position> positions;
        for (const auto s : (*reader)->assignment()) positions.push_back({s, *(*reader)->position(s)});
        if (exactly_once) {
          good = good && (*producer)->send_offsets((*reader)->token(), positions);
          (*producer)->commit(answer);
        } else {
          (*reader)->commit(positions, answer);
        }
        open = false;
      };
      const auto begin = cpu_seconds();
      auto due = system_clock_source().steady_now() + std::chrono::milliseconds(100);
      for (int copied = 0; copied < records && good;) {
        good = good && (*reader)->poll({.max_records = 256}, got);
        if (exactly_once && !open) good = good && (*producer)->begin();
        open = true;
        batch.clear();
        for (const auto& r : got.records) batch.push_back({.value = r.value, .partition = r.source.partition});
        good = good && (*writer)->send(batch);
        copied += static_cast<int>(got.records.size());
        if (const auto now = system_clock_source().steady_now(); now >= due) {
          commit();
          due = now + std::chrono::milliseconds(100);
        }
      }
      if (open) commit();
      state.SetIterationTime(cpu_seconds() - begin);
      if (!good) return state.SkipWithError("failed");
    }
    fs::remove_all(name);
  }
  state.SetItemsProcessed(state.iterations() * records);
}

} // namespace

BENCHMARK(copy)
    ->ArgNames({"exactly_once", "sync"})
    ->Args({0, 0})
    ->Args({1, 0})
    ->Args({0, 1})
    ->Args({1, 1})
    ->UseManualTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);
