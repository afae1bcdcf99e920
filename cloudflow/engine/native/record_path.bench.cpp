#include "cloudflow/engine/native/test_instance_rig.hpp"
#include "schema_testdata/reading.hpp"

#include <benchmark/benchmark.h>

#include <atomic>
#include <cstdlib>
#include <new>

using namespace cloudflow;
using acme::sensors::reading;

namespace {
std::atomic<std::uint64_t> allocations{0};
}

// Counts every allocation of this program, the core's included.
[[gnu::noinline]] void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

namespace {

class doubling final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

// One record's walk through a native streamlet: log, decode, map, encode and partition, log; a commit each 100 ms of
// the rig's clock, in which so many records come. One thread; the strings of a reading fit into std::string itself.
void record_path(benchmark::State& state) {
  const bool exactly_once = state.range(0) != 0;
  const auto batch = static_cast<std::size_t>(state.range(1));
  engine::instance_rig<doubling> rig(1, log::cleanup_policy::consumed);
  rig.what.settings.delivery = exactly_once ? streamlet::delivery::exactly_once : streamlet::delivery::at_least_once;
  const auto producer = rig.memory.open_producer({});
  const auto writer = (*producer)->open(topic_name("in"));
  bytes value;
  schema::codec<reading>::encode(reading{"sensor-17", timestamp(std::chrono::hours(1)), "oil", 1.5}, value);
  log::outgoing_record one;
  one.value = value;
  const std::vector<log::outgoing_record> records(batch, one);
  rig.start();
  std::uint64_t counted = 0;
  for (auto _ : state) {
    state.PauseTiming();
    if (!(*writer)->send(records)) return state.SkipWithError("refused");
    const auto before = allocations.load();
    state.ResumeTiming();
    rig.runtime.advance(rig.what.settings.commit_interval);
    counted += allocations.load() - before;
  }
  const auto all = static_cast<double>(state.iterations()) * static_cast<double>(batch);
  if (rig.counted("cloudflow_records_out_total") != all) return state.SkipWithError("records are missing");
  state.counters["ns/record"] =
      benchmark::Counter(all * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["allocations/record"] = static_cast<double>(counted) / all;
}

} // namespace

BENCHMARK(record_path)
    ->ArgNames({"exactly_once", "records"})
    ->ArgsProduct({{0, 1}, {4096, 65536}})
    ->Unit(benchmark::kMillisecond);
