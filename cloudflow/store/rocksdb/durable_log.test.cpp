#include "cloudflow/store/rocksdb/rocksdb_store.hpp"
#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <unistd.h>

using namespace cloudflow;
namespace fs = std::filesystem;

namespace {

// A data folder that goes with the test.
struct data_folder {
  fs::path path;
  store::rocksdb_memory memory{8 << 20};
  std::unique_ptr<store::rocksdb_store> opened;

  data_folder() {
    auto name = (fs::temp_directory_path() / "cloudflow-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
    open();
  }
  void open() {
    opened.reset();
    auto made = store::rocksdb_store::open(path / "db", memory);
    REQUIRE(made);
    opened = std::move(*made);
  }
  ~data_folder() {
    opened.reset();
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

struct rocksdb_log_fixture : data_folder, testkit::durable_log_fixture {
  rocksdb_log_fixture()
      : durable_log_fixture(*data_folder::opened) {}
};

} // namespace

CLOUDFLOW_TOPIC_LOG_CONTRACT(rocksdb_log_fixture, "the log on RocksDB")
CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(rocksdb_log_fixture, "the log on RocksDB")

TEST_CASE("a log on RocksDB is found again by the next process, with what did not fit into memory") {
  data_folder data;
  const testkit::hand_clock clock;
  const topic_name t("t");
  const std::string padding(1000, 'x');
  for (int round = 0; round < 3; ++round) {
    auto log = log::memory_log::open(clock, {.durable = data.opened.get()});
    REQUIRE(log);
    if (round == 0) REQUIRE((*log)->create_topic({.name = t, .partitions = 1, .max_memory_bytes = 256 << 10}));
    {
      auto producer = (*log)->open_producer({});
      auto writer = (*producer)->open(t);
      for (int i = 0; i < 1000; ++i) {
        const auto value = std::to_string(round * 1000 + i) + padding;
        const log::outgoing_record r{.value = as_bytes(value)};
        REQUIRE((*writer)->send({&r, 1}));
      }
    }
    auto consumer = (*log)->open_consumer({.topics = {t}, .membership = log::membership::all_partitions});
    log::polled got;
    int seen = 0;
    for (int polls = 0; polls < 1000 && seen < (round + 1) * 1000; ++polls) {
      REQUIRE((*consumer)->poll({}, got));
      for (const auto& r : got.records) {
        REQUIRE(as_text(*r.value).substr(0, std::to_string(seen).size() + 1) == std::to_string(seen) + "x");
        ++seen;
      }
    }
    CHECK(seen == (round + 1) * 1000);
    consumer->reset();
    log->reset();
    data.open();
  }
}

TEST_CASE("a log on RocksDB can be looked at while it is written") {
  data_folder data;
  const testkit::hand_clock clock;
  auto log = log::memory_log::open(clock, {.durable = data.opened.get()});
  REQUIRE(log);
  REQUIRE((*log)->create_topic({.name = topic_name("t"), .partitions = 1}));
  auto producer = (*log)->open_producer({});
  auto writer = (*producer)->open(topic_name("t"));
  const log::outgoing_record r{.value = as_bytes("x")};
  REQUIRE((*writer)->send({&r, 1}));
  auto look = store::rocksdb_store::open_read_only(data.path / "db", data.memory);
  REQUIRE(look);
  auto seen = log::memory_log::open(clock, {.durable = look->get(), .read_only = true});
  REQUIRE(seen);
  auto consumer = (*seen)->open_consumer({.topics = {topic_name("t")}, .membership = log::membership::all_partitions});
  log::polled got;
  REQUIRE((*consumer)->poll({}, got));
  REQUIRE((*consumer)->poll({}, got));
  REQUIRE(got.records.size() == 1);
  CHECK(as_text(*got.records[0].value) == "x");
  REQUIRE((*writer)->send({&r, 1}));
}
