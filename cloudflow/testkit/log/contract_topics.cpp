#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <algorithm>
#include <set>

namespace cloudflow::testkit::topic_log_contract {

using namespace log;

namespace {

std::vector<std::string> read_all(log_fixture& f, const topic_name& t) {
  log_probe reader(f, reading({t}));
  if (!reader.read_to_end()) return {"<the end was not reached>"};
  return reader.values();
}

} // namespace

void compaction(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("compacted"),
                                .partitions = 1,
                                .cleanup = cleanup_policy::compact,
                                .tombstone_retention = std::chrono::milliseconds(0)});
  REQUIRE(append(f, t, {{"a", "1", 0, {}}, {"b", "1", 0, {}}, {"a", "2", 0, {}}, {"c", "1", 0, {}}}));
  REQUIRE(append(f, t, {{"b", {}, 0, {}}, {"a", "3", 0, {}}}));
  CHECK(f.eventually([&] { return read_all(f, t) == std::vector<std::string>{"1", "3"}; }));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(2));
  CHECK(reader.records[0].key == "c");
  CHECK(reader.records[0].offset == 3);
  CHECK(reader.records[1].offset == 5);
  CHECK(append(f, t, {{"c", "2", 0, {}}})->front().last == record_offset(6)); // offsets are never used again
}

void retention_by_time(log_fixture& f) {
  const auto t =
      make_topic(f, {.name = topic_name("by-time"), .partitions = 1, .retention_time = std::chrono::hours(1)});
  const auto old = f.now() - std::chrono::hours(2);
  REQUIRE(append(f, t, {{{}, "old", 0, old}, {{}, "old too", 0, old}}));
  REQUIRE(append(f, t, {{{}, "young", 0, f.now()}}));
  CHECK(f.eventually([&] { return read_all(f, t) == std::vector<std::string>{"young"}; }));
  CHECK(f.log().offsets({t, partition_id(0)})->first == record_offset(2));
  CHECK(f.log().offsets({t, partition_id(0)})->next == record_offset(3));
}

void retention_by_size(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("by-size"), .partitions = 1, .retention_bytes = 100'000});
  for (int i = 0; i < 40; ++i)
    REQUIRE(append(f, t, {{{}, std::string(10'000, static_cast<char>('a' + i % 26)), 0, {}}}));
  const topic_partition p{t, partition_id(0)};
  CHECK(f.eventually([&] { return f.log().offsets(p)->first.value() >= 10; }));
  CHECK(f.log().offsets(p)->first.value() <= 31);
  const auto left = read_all(f, t);
  CHECK(left.back() == std::string(10'000, static_cast<char>('a' + 39 % 26)));
}

void topics_by_name(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("named"), .partitions = 2});
  CHECK(f.log().create_topic({.name = t}).error().code == errc::already_exists);
  CHECK(f.log().create_topic({.name = topic_name("no spaces")}).error().code == errc::invalid_argument);
  CHECK(f.log().create_topic({.name = topic_name(f.unique("none")), .partitions = 0}).error().code ==
        errc::invalid_argument);
  CHECK(f.log().describe_topic(t)->spec.partitions == 2);
  CHECK(f.log().describe_topic(topic_name("unknown")).error().code == errc::not_found);
  const auto all = f.log().topics();
  REQUIRE(all);
  CHECK(std::count(all->begin(), all->end(), t) == 1);
  CHECK(f.log().open_consumer(reading({topic_name("unknown")})).error().code == errc::not_found);
}

void partitions_added(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("grows"), .partitions = 1});
  auto producer = f.log().open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(t);
  REQUIRE(writer);
  log_probe member(f, reading({t}, f.unique("grows")));
  REQUIRE(member.own(1));
  CHECK(f.log().add_partitions(t, 0).error().code == errc::invalid_argument);
  REQUIRE(f.log().add_partitions(t, 3));
  REQUIRE(member.own(3));
  std::vector<outgoing_record> records(1);
  records[0].partition = partition_id(2);
  records[0].value = as_bytes("x");
  REQUIRE(f.eventually([&] { return (*writer)->partitions() == 3; }));
  REQUIRE((*writer)->send(records));
  REQUIRE(member.take(1));
  CHECK(member.records[0].source.partition == partition_id(2));
}

void topic_removed(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("removed"), .partitions = 2});
  log_probe member(f, reading({t}, f.unique("removed")));
  REQUIRE(member.own(2));
  REQUIRE(f.log().remove_topic(t));
  CHECK(f.eventually([&] {
    member.poll();
    return member.count(consumer_event_kind::lost) == 1;
  }));
  CHECK(member.consumer().assignment().empty());
}

void closing(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("closes"), .partitions = 2});
  REQUIRE(f.log().declare_writer(t, "first"));
  REQUIRE(f.log().declare_writer(t, "second"));
  append_numbers(f, t, 3);
  log_probe reader(f, reading({t}, "closes"));
  REQUIRE(reader.take(3));
  REQUIRE(f.log().complete_writer(t, "first"));
  REQUIRE(reader.read_to_end());
  CHECK(reader.count(consumer_event_kind::completed) == 0);
  append_numbers(f, t, 1, 3);
  REQUIRE(f.log().complete_writer(t, "second"));
  CHECK(f.log().describe_topic(t)->closed);
  CHECK(f.eventually([&] {
    reader.poll();
    std::set<source_partition> done;
    for (const auto& e : reader.events)
      if (e.kind == consumer_event_kind::completed)
        for (const auto& p : e.positions) done.insert(p.source);
    return done.size() == 2;
  }));
  CHECK(reader.records.size() == 4); // the last one came before the end
  CHECK(append(f, t, {{{}, "late", 0, {}}}).error().code == errc::closed);
  CHECK(f.log().declare_writer(t, "third").error().code == errc::closed);
  CHECK(f.log().complete_writer(t, "unknown").error().code == errc::not_found);
}

} // namespace cloudflow::testkit::topic_log_contract
