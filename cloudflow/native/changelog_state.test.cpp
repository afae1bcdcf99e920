#include "cloudflow/native/changelog_state.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/native/changelog_reader.hpp"
#include "cloudflow/stream/state/durable_table.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace cloudflow;
using native::changelog_batch;
using native::changelog_reader;
using native::changelog_state;
using stream::commit_id;
using totals = std::map<std::string, int>;

namespace {

// A changelog topic, and what tasks make of it.
struct changelog {
  testkit::manual_clock clock;
  log::memory_log memory{clock, {}};
  topic_name topic{"app.it.changelog"};

  changelog() { CHECK(memory.create_topic({.name = topic, .partitions = 2, .cleanup = log::cleanup_policy::compact})); }
  void write(const changelog_batch& batch, int task = 1) {
    const auto producer = memory.open_producer({});
    const auto writer = (*producer)->open(topic);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto r = batch.record(i, partition_id(task));
      REQUIRE((*writer)->send({&r, 1}));
    }
  }
  std::unique_ptr<changelog_state> restored(int task = 1) {
    auto state = std::make_unique<changelog_state>("it", [] {});
    auto reader = changelog_reader::open(memory, topic, partition_id(task), [] {});
    REQUIRE(reader);
    for (;;) {
      const auto at = (*reader)->read(*state);
      REQUIRE(at);
      if (*at == changelog_reader::progress::done) return state;
      REQUIRE(*at == changelog_reader::progress::more);
    }
  }
};

template <class V = int> struct open_totals {
  stream::durable_table<std::string, V> table;
  std::map<std::string, V> now;
  explicit open_totals(changelog_state& state, const char* name = "totals") {
    const auto done = table.open(state, name, [&](std::string&& key, V&& value) { now[key] = value; });
    CHECK_MESSAGE(done, (done ? "" : done.error().text()));
  }
};

} // namespace

TEST_CASE("a changelog gives back what commits took, one record a key, erasures included") {
  changelog log;
  {
    auto state = log.restored();
    open_totals<> t(*state);
    CHECK(t.now.empty());
    t.table.put("a", 1);
    t.table.put("b", 2);
    t.table.seal(commit_id(1));
    t.table.put("a", 3);
    t.table.seal(commit_id(2));
    t.table.erase("b");
    t.table.seal(commit_id(3));
    const auto first = state->take(commit_id(2));
    CHECK(first.size() == 4); // two schemas, two keys
    log.write(first);
    CHECK(state->take(commit_id(2)).empty());
  }
  {
    auto state = log.restored();
    open_totals<> t(*state);
    CHECK(t.now == totals{{"a", 3}, {"b", 2}});
    t.table.erase("b");
    t.table.seal(commit_id(1));
    const auto batch = state->take(commit_id(1));
    CHECK(batch.size() == 1); // the schemas are known
    log.write(batch);
  }
  auto state = log.restored();
  CHECK(open_totals<>(*state).now == totals{{"a", 3}});
  auto other = log.restored(0);
  CHECK(open_totals<>(*other).now.empty());
}

TEST_CASE("tables of one changelog do not meet, whatever their names and keys") {
  changelog log;
  auto state = log.restored();
  open_totals<> one(*state, "t"), other(*state, "t/e");
  one.table.put("/ea", 1);
  other.table.put("a", 2);
  one.table.seal(commit_id(1));
  other.table.seal(commit_id(1));
  log.write(state->take(commit_id(1)));
  auto again = log.restored();
  CHECK(open_totals<>(*again, "t").now == totals{{"/ea", 1}});
  CHECK(open_totals<>(*again, "t/e").now == totals{{"a", 2}});
}

TEST_CASE("a changelog remembers with which schema each value was written") {
  changelog log;
  {
    auto state = log.restored();
    open_totals<> t(*state);
    t.table.put("a", 1);
    t.table.seal(commit_id(1));
    log.write(state->take(commit_id(1)));
  }
  { // an int is read as a long, beside longs
    auto state = log.restored();
    open_totals<std::int64_t> t(*state);
    CHECK(t.now == std::map<std::string, std::int64_t>{{"a", 1}});
    t.table.put("b", std::int64_t{1} << 40);
    t.table.seal(commit_id(1));
    log.write(state->take(commit_id(1)));
  }
  auto state = log.restored();
  CHECK(open_totals<std::int64_t>(*state).now ==
        std::map<std::string, std::int64_t>{{"a", 1}, {"b", std::int64_t{1} << 40}});
}

TEST_CASE("state that cannot be read is refused with table, streamlet and reason") {
  changelog log;
  {
    auto state = log.restored();
    open_totals<> t(*state);
    t.table.put("a", 1);
    t.table.seal(commit_id(1));
    log.write(state->take(commit_id(1)));
  }
  {
    auto state = log.restored();
    stream::durable_table<int, int> other_keys;
    const auto done = other_keys.open(*state, "totals", [](int, int) {});
    REQUIRE_FALSE(done);
    for (const auto* part : {"'totals'", "'it'", "\"string\"", "\"int\""})
      CHECK_MESSAGE(done.error().text().find(part) != std::string::npos, done.error().text());
  }
  auto state = log.restored();
  stream::durable_table<std::string, bool> other_values;
  const auto done = other_values.open(*state, "totals", [](std::string&&, bool) {});
  REQUIRE_FALSE(done);
  CHECK(done.error().text().find("'totals'") != std::string::npos);
}

TEST_CASE("a changelog with fewer partitions than its input, or foreign records, is refused") {
  changelog log;
  const auto reader = changelog_reader::open(log.memory, log.topic, partition_id(2), [] {});
  REQUIRE_FALSE(reader);
  CHECK(reader.error().code == errc::incompatible);
  CHECK(changelog_reader::open(log.memory, topic_name("none"), partition_id(2), [] {}));

  changelog_state state("it", [] {});
  for (const std::string key : {"", "\x02", "\x02t", "\x02tx", "\x02tv", "\x02tv\x03", "\x02tv\x01"}) {
    CAPTURE(key);
    CHECK_FALSE(state.restore(as_bytes(key), as_bytes(std::string_view("\"int\""))));
  }
  CHECK_FALSE(state.restore(as_bytes(std::string_view("\x02tk")), std::nullopt));
}
