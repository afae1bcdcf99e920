#include "cloudflow/testkit/log/memory_log_fixture.hpp"

#include <doctest/doctest.h>

#include <map>

using namespace cloudflow;
using namespace cloudflow::testkit;
using log::cleanup_policy;

namespace {

// A writer that stays open.
struct pen {
  std::unique_ptr<log::producer> producer;
  std::unique_ptr<log::topic_writer> writer;

  pen(log::topic_log& log, const topic_name& topic, std::function<void()> on_room = {}) {
    auto p = log.open_producer({.on_room = std::move(on_room)});
    REQUIRE(p);
    producer = std::move(*p);
    auto w = producer->open(topic);
    REQUIRE(w);
    writer = std::move(*w);
  }
  result<void> put(std::string_view value, std::optional<std::string_view> key = {}) {
    log::outgoing_record r{.value = as_bytes(value)};
    if (key) r.key = as_bytes(*key);
    return writer->send({&r, 1});
  }
};

std::uint64_t counted(memory_log_fixture& f, std::string_view name, const topic_name& topic) {
  return f.metrics.get_counter(name, {{"topic", topic.value()}}).value();
}

std::int64_t first_offset(memory_log_fixture& f, const topic_name& t) {
  return f.log().offsets({t, partition_id(0)})->first.value();
}

topic_name consumed_topic(log_fixture& f, const char* name, std::uint64_t memory = 16 << 20) {
  return make_topic(
      f, {.name = topic_name(name), .partitions = 1, .cleanup = cleanup_policy::consumed, .max_memory_bytes = memory});
}

void declare(log_fixture& f, const topic_name& t, const char* group) {
  REQUIRE(f.log().declare_reader(group_name(group), {&t, 1}));
}

} // namespace

TEST_CASE("a topic without a reader keeps its newest 1,000 records and counts the rest") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "unread");
  append_numbers(f, t, 2500);
  CHECK(first_offset(f, t) == 1500);
  CHECK(counted(f, "cloudflow_log_dropped_records_total", t) == 1500);
  log_probe late(f, reading({t}, "late"));
  REQUIRE(late.take(1000));
  CHECK(late.values().front() == "1500");
}

TEST_CASE("a reader without a name looks on: it holds nothing and takes nothing away") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "peeked");
  append_numbers(f, t, 1000);
  {
    log_probe peek(f, reading({t}));
    REQUIRE(peek.take(1000));
    append_numbers(f, t, 500, 1000);
    CHECK(first_offset(f, t) == 500);
    CHECK(f.log().groups()->empty());
  }
  CHECK(first_offset(f, t) == 500);
  log_probe again(f, reading({t}));
  REQUIRE(again.take(1000));
}

TEST_CASE("a reader of its own with a name holds what it has not read") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "named-reader");
  auto options = reading({t}, "replica");
  options.membership = log::membership::all_partitions;
  log_probe reader(f, options);
  append_numbers(f, t, 3000);
  CHECK(first_offset(f, t) == 0);
  REQUIRE(reader.take(3000));
  append_numbers(f, t, 3000, 3000);
  REQUIRE(reader.take(3000));
  CHECK(first_offset(f, t) > 0);
}

TEST_CASE("a topic keeps everything for a reader that was declared and has not come yet") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "declared");
  declare(f, t, "late");
  append_numbers(f, t, 2500);
  CHECK(counted(f, "cloudflow_log_dropped_records_total", t) == 0);
  log_probe late(f, reading({t}, "late"));
  REQUIRE(late.take(2500));
  CHECK(late.values().front() == "0");
}

TEST_CASE("a topic that is consumed forgets what all its groups have committed") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "consumed");
  declare(f, t, "fast");
  declare(f, t, "slow");
  const std::string value(1000, 'x');
  pen w(f.log(), t);
  for (int i = 0; i < 5000; ++i) REQUIRE(w.put(value));
  log_probe fast(f, reading({t}, "fast")), slow(f, reading({t}, "slow"));
  REQUIRE(fast.take(5000));
  REQUIRE(fast.commit_all());
  CHECK(first_offset(f, t) == 0);
  REQUIRE(slow.take(5000));
  CHECK(first_offset(f, t) == 0); // read is not committed
  REQUIRE(slow.commit_all());
  CHECK(first_offset(f, t) > 4000);
}

TEST_CASE("a stopped group beside a fast one holds nobody back and loses nothing") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "stopped", 256 << 10);
  declare(f, t, "stopped");
  pen w(f.log(), t);
  log_probe fast(f, reading({t}, "fast"));
  const std::string padding(1000, 'x');
  for (int i = 0; i < 4000; ++i) {
    REQUIRE(w.put(std::to_string(i) + padding));
    if (i % 100 == 99) {
      REQUIRE(fast.take(100));
      REQUIRE(fast.commit_all());
    }
  }
  CHECK(counted(f, "cloudflow_log_spilled_bytes_total", t) > 3'000'000);
  log_probe stopped(f, reading({t}, "stopped"));
  REQUIRE(stopped.take(4000));
  CHECK(stopped.values().front() == "0" + padding);
  CHECK(stopped.values() == fast.values());
  REQUIRE(stopped.commit_all());
  CHECK(f.spilled.size() == 0); // the store is empty again
}

TEST_CASE("a cycle of topics comes to an end") {
  memory_log_fixture f;
  const auto there = consumed_topic(f, "there", 64 << 10), back = consumed_topic(f, "back", 64 << 10);
  declare(f, there, "a");
  declare(f, back, "b");
  pen to_there(f.log(), there), to_back(f.log(), back);
  const std::string padding(500, '.');
  for (int i = 0; i < 500; ++i) REQUIRE(to_there.put("5" + padding));
  log_probe a(f, reading({there}, "a")), b(f, reading({back}, "b"));
  const auto step = [&](log_probe& from, pen& to) { // counts down and passes on
    const auto seen = from.records.size();
    from.poll();
    for (auto i = seen; i < from.records.size(); ++i) {
      const char hops = from.records[i].value->front();
      if (hops > '0') REQUIRE(to.put(static_cast<char>(hops - 1) + padding));
    }
    REQUIRE(from.commit_all());
    return from.records.size() > seen;
  };
  int idle = 0;
  for (int i = 0; i < 1000 && idle < 3; ++i) {
    const bool moved_a = step(a, to_back), moved_b = step(b, to_there);
    idle = moved_a || moved_b ? 0 : idle + 1;
  }
  CHECK(a.records.size() == 1500);
  CHECK(b.records.size() == 1500);
}

TEST_CASE("a diamond with a slow join never refuses its writer") {
  memory_log_fixture f;
  const auto left = consumed_topic(f, "left", 64 << 10), right = consumed_topic(f, "right", 64 << 10);
  for (const auto& t : {left, right}) declare(f, t, "join");
  pen to_left(f.log(), left), to_right(f.log(), right);
  log_probe join(f, reading({left, right}, "join"));
  const std::string padding(500, '.');
  const int count = 3000;
  for (int i = 0; i < count; ++i) {
    REQUIRE(to_left.put(std::to_string(i) + padding));
    if (i % 3 == 0) REQUIRE(to_right.put(std::to_string(i) + padding));
    if (i % 100 == 0) join.poll({.max_records = 1, .max_bytes = 1 << 20});
  }
  REQUIRE(join.read_to_end());
  CHECK(join.records.size() == count + count / 3);
}

TEST_CASE("a log at its disk bound refuses, names topic and reader, and says when there is room") {
  memory_log_fixture f(1 << 20);
  const auto t = consumed_topic(f, "bounded", 64 << 10);
  declare(f, t, "reader");
  int room = 0;
  pen w(f.log(), t, [&] { ++room; });
  const std::string value(10'000, 'x');
  result<void> refused;
  int sent = 0;
  for (; sent < 1000 && refused; ++sent) refused = w.put(value);
  --sent;
  REQUIRE(!refused);
  CHECK(sent > 90);
  CHECK(sent < 130);
  CHECK(refused.error().code == errc::limit_exceeded);
  CHECK(refused.error().retriable);
  CHECK(refused.error().message.find("topic bounded is full") != std::string::npos);
  CHECK(refused.error().message.find("group reader has") != std::string::npos);
  CHECK(room == 0);
  log_probe reader(f, reading({t}, "reader"));
  REQUIRE(reader.take(static_cast<std::size_t>(sent)));
  CHECK(!w.put(value)); // read is not committed
  CHECK(room == 0);
  REQUIRE(reader.commit_all());
  CHECK(room == 1);
  REQUIRE(w.put(value));
  REQUIRE(reader.take(1));
  CHECK(reader.records.size() == static_cast<std::size_t>(sent) + 1);
}

TEST_CASE("a backlog watch says once that the backlog has sunk") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "watched");
  int sunk = 0;
  auto watch =
      f.log().watch_backlog({{t, group_name("g")}, {topic_name("none"), group_name("g")}}, 5'000, [&] { ++sunk; });
  REQUIRE(watch);
  CHECK(!(*watch)->exceeded()); // nobody reads yet
  declare(f, t, "g");
  append_numbers(f, t, 10);
  CHECK(!(*watch)->exceeded());
  append_numbers(f, t, 990, 10);
  CHECK((*watch)->exceeded());
  CHECK((*watch)->unread().records == 1000);
  CHECK(f.log().describe_group(group_name("g"))->progress.front().unread.records == 1000);
  log_probe reader(f, reading({t}, "g"));
  const auto read = [&](std::size_t n) {
    const auto wanted = reader.records.size() + n;
    while (reader.records.size() < wanted) reader.poll({.max_records = wanted - reader.records.size()});
  };
  read(500);
  CHECK(sunk == 0);
  CHECK((*watch)->exceeded());
  read(450);
  CHECK(sunk == 1);
  CHECK(!(*watch)->exceeded());
  read(50);
  CHECK(sunk == 1);
  CHECK((*watch)->unread().bytes == 0);
  append_numbers(f, t, 1000);
  CHECK((*watch)->exceeded());
  reader.crash(); // what it read without a commit is unread again, once the next one has it
  log_probe next(f, reading({t}, "g"));
  REQUIRE(next.own(1));
  CHECK((*watch)->unread().records == 2000);
}

TEST_CASE("a backlog watch that is gone calls nobody") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "unwatched");
  declare(f, t, "g");
  int sunk = 0;
  auto watch = f.log().watch_backlog({{t, group_name("g")}}, 10, [&] { ++sunk; });
  append_numbers(f, t, 10);
  CHECK((*watch)->exceeded());
  watch->reset();
  log_probe reader(f, reading({t}, "g"));
  REQUIRE(reader.take(10));
  CHECK(sunk == 0);
}

TEST_CASE("a compacted topic keeps the latest of each key, also of segments that lie in the store") {
  memory_log_fixture f;
  const auto t = make_topic(
      f,
      {.name = topic_name("table"), .partitions = 1, .cleanup = cleanup_policy::compact, .max_memory_bytes = 64 << 10});
  pen w(f.log(), t);
  const std::string padding(200, '.');
  for (int i = 0; i < 10'000; ++i) REQUIRE(w.put(std::to_string(i) + padding, "key-" + std::to_string(i % 300)));
  CHECK(counted(f, "cloudflow_log_spilled_bytes_total", t) > 0);
  CHECK(f.spilled.size() < 40); // compacted on the way: 10,000 records would be 2.4 MB in segments of 16 KiB
  f.memory.maintain();
  log_probe reader(f, reading({t}));
  REQUIRE(reader.read_to_end());
  CHECK(reader.records.size() == 300);
  std::map<std::string, std::string> table;
  for (const auto& r : reader.records) table[*r.key] = *r.value;
  for (int i = 9'700; i < 10'000; ++i) CHECK(table["key-" + std::to_string(i % 300)] == std::to_string(i) + padding);
}

TEST_CASE("a reader in the middle of a compacted topic goes on behind what is gone") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("table"), .partitions = 1, .cleanup = cleanup_policy::compact});
  pen w(f.log(), t);
  for (int i = 0; i < 100; ++i) REQUIRE(w.put(std::to_string(i), "k" + std::to_string(i % 2)));
  log_probe reader(f, reading({t}));
  while (reader.records.size() < 10) reader.poll({.max_records = 10});
  f.memory.maintain();
  REQUIRE(w.put("100", "k0"));
  REQUIRE(reader.read_to_end());
  CHECK(reader.values().back() == "100");
  std::int64_t last = -1;
  for (const auto& r : reader.records) {
    CHECK(r.offset > last);
    last = r.offset;
  }
}

TEST_CASE("metrics count records and bytes in and out of a topic") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("counted"), .partitions = 1});
  append_numbers(f, t, 10);
  log_probe a(f, reading({t})), b(f, reading({t}));
  REQUIRE(a.take(10));
  REQUIRE(b.take(10));
  CHECK(counted(f, "cloudflow_log_appended_records_total", t) == 10);
  CHECK(counted(f, "cloudflow_log_appended_bytes_total", t) == 10);
  CHECK(counted(f, "cloudflow_log_read_records_total", t) == 20);
  CHECK(counted(f, "cloudflow_log_read_bytes_total", t) == 20);
}

TEST_CASE("a delivery callback may send again") {
  memory_log_fixture f;
  const auto t = consumed_topic(f, "again");
  pen w(f.log(), t);
  const log::outgoing_record r{.value = as_bytes("x")};
  std::vector<std::int64_t> offsets;
  REQUIRE(w.writer->send({&r, 1}, [&](const auto& first) {
    REQUIRE(w.writer->send({&r, 1}, [&](const auto& second) { offsets.push_back(second->front().last.value()); }));
    offsets.push_back(first->front().last.value());
  }));
  CHECK(offsets == std::vector<std::int64_t>{1, 0});
}
