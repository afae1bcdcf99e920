#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/rocksdb/rocksdb_store.hpp"
#include "cloudflow/testkit/log/hand_clock.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <unistd.h>

using namespace cloudflow;
namespace fs = std::filesystem;

TEST_CASE("the in-process log reads back from RocksDB what did not fit into its memory") {
  auto name = (fs::temp_directory_path() / "cloudflow-test-XXXXXX").string();
  REQUIRE(::mkdtemp(name.data()) != nullptr);
  {
    const store::rocksdb_memory memory(8 << 20);
    auto spill = store::rocksdb_store::open_temporary(name, memory);
    REQUIRE(spill);
    const testkit::hand_clock clock;
    metric_registry metrics;
    log::memory_log log(clock, {.spill = spill->get(), .metrics = &metrics});
    REQUIRE(log.create_topic({.name = topic_name("t"), .partitions = 2, .max_memory_bytes = 1 << 20}));
    auto producer = log.open_producer({});
    auto writer = (*producer)->open(topic_name("t"));
    const int batches = 400, each = 50;
    for (int b = 0; b < batches; ++b) {
      std::vector<std::string> values;
      for (int i = 0; i < each; ++i) values.push_back(std::to_string(b * each + i) + std::string(1000, 'x'));
      std::vector<log::outgoing_record> records;
      for (const auto& v : values) records.push_back({.value = as_bytes(v), .partition = partition_id(b % 2)});
      REQUIRE((*writer)->send(records));
    }
    const auto& spilled = metrics.get_counter("cloudflow_log_spilled_bytes_total", {{"topic", "t"}});
    CHECK(spilled.value() > 15'000'000);
    auto consumer = log.open_consumer({.topics = {topic_name("t")}, .membership = log::membership::all_partitions});
    REQUIRE(consumer);
    log::polled got;
    std::vector<int> next = {0, each};
    int seen = 0;
    for (int polls = 0; polls < 10'000 && seen < batches * each; ++polls) {
      REQUIRE((*consumer)->poll({}, got));
      for (const auto& r : got.records) {
        auto& expected = next[static_cast<std::size_t>(r.source.partition.value())];
        const auto want = std::to_string(expected) + "x";
        CHECK(as_text(*r.value).substr(0, want.size()) == want);
        ++expected;
        if (expected % each == 0) expected += each;
        ++seen;
      }
    }
    CHECK(seen == batches * each);
  }
  fs::remove_all(name);
}
