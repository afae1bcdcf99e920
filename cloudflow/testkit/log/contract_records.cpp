#include "cloudflow/base/hash.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <atomic>
#include <map>
#include <set>

namespace cloudflow::testkit::topic_log_contract {

using namespace log;
using std::chrono::milliseconds;

void order_per_partition(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("order"), .partitions = 2});
  for (int i = 0; i < 50; ++i)
    REQUIRE(append(f, t, {{{}, "a" + std::to_string(i), 0, {}}, {{}, "b" + std::to_string(i), 1, {}}}));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(100));
  std::map<std::int32_t, int> next;
  for (const auto& r : reader.records) {
    auto& n = next[r.source.partition.value()];
    CHECK(r.offset == n);
    CHECK(*r.value == (r.source.partition.value() == 0 ? "a" : "b") + std::to_string(n));
    ++n;
  }
}

void key_to_partition(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("keys"), .partitions = 5});
  std::vector<sent_record> records;
  for (int i = 0; i < 200; ++i) records.push_back({"key-" + std::to_string(i), "v", {}, {}});
  records.push_back({"", "v", {}, {}});
  REQUIRE(append(f, t, records));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(records.size()));
  for (const auto& r : reader.records) CHECK(r.source.partition.value() == murmur2_partition(as_bytes(*r.key), 5));
}

void records_without_key(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("null-keys"), .partitions = 3});
  auto producer = f.log().open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(t);
  REQUIRE(writer);
  const auto value = to_bytes("v");
  std::atomic<int> answered = 0;
  for (int batch = 0; batch < 30; ++batch) {
    const std::vector<outgoing_record> records(4, outgoing_record{.value = bytes_view(value)});
    REQUIRE((*writer)->send(records, [&](const auto& r) { answered += r ? 1 : 100; }));
  }
  REQUIRE(f.eventually([&] { return answered == 30; }));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(120));
  std::set<std::int32_t> used;
  for (const auto& r : reader.records) {
    CHECK(!r.key);
    used.insert(r.source.partition.value());
  }
  CHECK(used.size() == 3);
}

void explicit_partition(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("explicit"), .partitions = 4});
  const auto sent = append(f, t, {{"same-key", "x", 2, {}}, {"same-key", "y", 3, {}}});
  REQUIRE(sent);
  REQUIRE(sent->size() == 2);
  CHECK((*sent)[0].partition == partition_id(2));
  CHECK((*sent)[0].last == record_offset(0));
  CHECK((*sent)[1].partition == partition_id(3));
}

void nulls_and_headers(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("nulls"), .partitions = 1});
  auto producer = f.log().open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(t);
  REQUIRE(writer);
  header_buffer headers;
  headers.add("a", "1").add("b", "").add("a", "2");
  std::vector<outgoing_record> records(3);
  records[0].headers = headers.view();
  records[1].key = bytes_view();
  records[1].value = bytes_view();
  records[2].key = as_bytes("k");
  records[2].value = as_bytes("v");
  std::atomic<bool> answered = false;
  REQUIRE((*writer)->send(records, [&](const auto& r) { answered = r.has_value(); }));
  REQUIRE(f.eventually([&] { return answered.load(); }));

  auto consumer = f.log().open_consumer(reading({t}));
  REQUIRE(consumer);
  polled got;
  std::vector<record_batch> batches;
  std::vector<record_view> seen;
  REQUIRE(f.eventually([&] {
    REQUIRE((*consumer)->poll({}, got));
    batches.push_back(got.records);
    for (const auto& r : batches.back()) seen.push_back(r);
    return seen.size() == 3;
  }));
  CHECK(!seen[0].key);
  CHECK(!seen[0].value);
  std::string text;
  for (const auto h : seen[0].headers) text += std::string(h.name) + "=" + std::string(as_text(h.value)) + ";";
  CHECK(text == "a=1;b=;a=2;");
  REQUIRE(seen[1].key);
  CHECK(seen[1].key->empty());
  REQUIRE(seen[1].value);
  CHECK(seen[1].value->empty());
  CHECK(seen[1].headers.empty());
  CHECK(as_text(*seen[2].key) == "k");
  CHECK(as_text(*seen[2].value) == "v");
}

void wrong_records(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("wrong"), .partitions = 2, .max_record_bytes = 1000});
  CHECK(append(f, t, {{{}, "good", 0, {}}, {{}, "bad", 2, {}}}).error().code == errc::invalid_argument);
  const auto large = append(f, t, {{{}, "good", 0, {}}, {{}, std::string(2000, 'x'), 0, {}}});
  CHECK(large.error().code == errc::limit_exceeded);
  CHECK(!large.error().retriable);
  CHECK(large.error().message.find(t.value()) != std::string::npos);
  CHECK(append(f, topic_name(f.unique("nowhere")), {{{}, "x", {}, {}}}).error().code == errc::not_found);
  const auto compacted =
      make_topic(f, {.name = topic_name("wrong-compacted"), .partitions = 1, .cleanup = cleanup_policy::compact});
  CHECK(append(f, compacted, {{{}, "no key", {}, {}}}).error().code == errc::invalid_argument);
  append_numbers(f, t, 1);
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(1));
  CHECK(reader.values() == std::vector<std::string>{"0"});
}

void timestamps(log_fixture& f) {
  const auto old = f.now() - std::chrono::hours(5);
  const auto by_writer = make_topic(f, {.name = topic_name("create-time"), .partitions = 1});
  const auto by_log =
      make_topic(f, {.name = topic_name("append-time"), .partitions = 1, .timestamps = timestamp_kind::append});
  const auto before = f.now();
  for (const auto& t : {by_writer, by_log}) REQUIRE(append(f, t, {{{}, "old", 0, old}, {{}, "none", 0, {}}}));
  const auto after = f.now() + std::chrono::seconds(5);
  log_probe a(f, reading({by_writer})), b(f, reading({by_log}));
  REQUIRE(a.take(2));
  REQUIRE(b.take(2));
  CHECK((a.records[0].time == old));
  CHECK((a.records[1].time >= before - std::chrono::seconds(5)));
  for (const auto& r : b.records) {
    CHECK((r.time >= before - std::chrono::seconds(5)));
    CHECK((r.time <= after));
  }
}

void batches_outlive_polls(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("held"), .partitions = 1});
  append_numbers(f, t, 10);
  auto consumer = f.log().open_consumer(reading({t}));
  REQUIRE(consumer);
  polled got;
  REQUIRE(f.eventually([&] {
    REQUIRE((*consumer)->poll({}, got));
    return got.records.size() == 10;
  }));
  const record_batch held = got.records;
  REQUIRE((*consumer)->poll({}, got));
  consumer->reset();
  REQUIRE(f.log().remove_topic(t));
  CHECK(as_text(*held[9].value) == "9");
  std::vector<record_run> runs;
  held.for_each_run([&](record_run r) { runs.push_back(r); });
  REQUIRE(runs.size() == 1);
  CHECK(runs[0].count == 10);
}

void wakes(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("wakes"), .partitions = 1});
  auto woken = std::make_shared<std::atomic<int>>(0);
  auto options = reading({t}, f.unique("wakes"));
  options.on_available = [woken] { ++*woken; };
  log_probe reader(f, options);
  REQUIRE(reader.own(1));
  REQUIRE(reader.read_to_end());
  const auto before = woken->load();
  append_numbers(f, t, 3);
  REQUIRE(f.eventually([&] { return woken->load() > before; }));
  CHECK(reader.consumer().ready());
  REQUIRE(reader.take(3));
}

void poll_limits(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("limits"), .partitions = 1});
  std::vector<sent_record> records(20, sent_record{{}, std::string(100, 'x'), 0, {}});
  REQUIRE(append(f, t, records));
  auto consumer = f.log().open_consumer(reading({t}));
  REQUIRE(consumer);
  polled got;
  std::size_t seen = 0;
  REQUIRE(f.eventually([&] {
    REQUIRE((*consumer)->poll({.max_records = 3, .max_bytes = 1 << 20}, got));
    CHECK(got.records.size() <= 3);
    seen += got.records.size();
    return seen >= 3;
  }));
  CHECK(got.more);
  REQUIRE(f.eventually([&] {
    REQUIRE((*consumer)->poll({.max_records = 100, .max_bytes = 250}, got));
    CHECK(got.records.size() <= 2);
    seen += got.records.size();
    return seen >= 5;
  }));
  REQUIRE(f.eventually([&] { // one record comes even if it is larger
    REQUIRE((*consumer)->poll({.max_records = 100, .max_bytes = 1}, got));
    CHECK(got.records.size() <= 1);
    seen += got.records.size();
    return seen == 20;
  }));
}

} // namespace cloudflow::testkit::topic_log_contract
