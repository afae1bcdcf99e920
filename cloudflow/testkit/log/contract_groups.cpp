#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace cloudflow::testkit::topic_log_contract {

using namespace log;

namespace {

std::vector<std::string> numbers(int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(i));
  return all;
}

// Both poll until each owns its share.
bool share(log_fixture& f, log_probe& a, std::size_t of_a, log_probe& b, std::size_t of_b) {
  return f.eventually([&] {
    a.poll();
    b.poll();
    return a.consumer().assignment().size() == of_a && b.consumer().assignment().size() == of_b;
  });
}

consumer_options with_reset(consumer_options options, offset_reset reset) {
  options.reset = reset;
  return options;
}

} // namespace

void missing_offset(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("missing"), .partitions = 1});
  append_numbers(f, t, 3);
  log_probe earliest(f, with_reset(reading({t}, f.unique("missing-e")), offset_reset::earliest));
  log_probe latest(f, with_reset(reading({t}, f.unique("missing-l")), offset_reset::latest));
  log_probe failing(f, with_reset(reading({t}, f.unique("missing-f")), offset_reset::fail));
  REQUIRE(latest.own(1));
  REQUIRE(latest.read_to_end());
  append_numbers(f, t, 2, 3);
  REQUIRE(earliest.take(5));
  CHECK(earliest.values() == numbers(0, 5));
  REQUIRE(latest.take(2));
  CHECK(latest.values() == numbers(3, 5));
  REQUIRE(f.eventually([&] {
    failing.poll();
    return failing.failure.has_value();
  }));
  CHECK(failing.failure->code == errc::out_of_range);
  CHECK(failing.failure->message.find(t.value()) != std::string::npos);
  CHECK(failing.records.empty());
  REQUIRE(failing.consumer().seek({0, partition_id(0)}, record_offset(4)));
  REQUIRE(failing.take(1));
  CHECK(failing.values() == numbers(4, 5));
}

void expired_offset(log_fixture& f) {
  const auto t =
      make_topic(f, {.name = topic_name("expired"), .partitions = 1, .retention_time = std::chrono::hours(1)});
  const auto old = f.now() - std::chrono::hours(2);
  REQUIRE(append(f, t, {{{}, "0", 0, old}, {{}, "1", 0, old}, {{}, "2", 0, old}}));
  const auto group = f.unique("expired");
  const std::vector<std::string> groups = {group + "-e", group + "-l", group + "-f"};
  for (const auto& g : groups) {
    log_probe first(f, reading({t}, g));
    REQUIRE(first.own(1));
    const source_position at_one{{0, partition_id(0)}, record_offset(1)};
    std::optional<result<void>> committed;
    first.consumer().commit({&at_one, 1}, [&](const auto& r) { committed = r; });
    REQUIRE(f.eventually([&] { return committed.has_value(); }));
    REQUIRE(*committed);
    REQUIRE(first.consumer().close());
  }
  REQUIRE(append(f, t, {{{}, "3", 0, f.now()}}));
  REQUIRE(f.eventually([&] { return f.log().offsets({t, partition_id(0)})->first == record_offset(3); }));
  log_probe earliest(f, with_reset(reading({t}, groups[0]), offset_reset::earliest));
  log_probe latest(f, with_reset(reading({t}, groups[1]), offset_reset::latest));
  log_probe failing(f, with_reset(reading({t}, groups[2]), offset_reset::fail));
  REQUIRE(earliest.take(1));
  REQUIRE(latest.own(1));
  REQUIRE(latest.read_to_end());
  append_numbers(f, t, 1, 4);
  REQUIRE(earliest.take(1));
  CHECK(earliest.values() == numbers(3, 5));
  REQUIRE(latest.take(1));
  CHECK(latest.values() == numbers(4, 5));
  REQUIRE(f.eventually([&] {
    failing.poll();
    return failing.failure.has_value();
  }));
  CHECK(failing.failure->code == errc::out_of_range);
}

void seek_by_offset(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("seek"), .partitions = 1});
  append_numbers(f, t, 10);
  log_probe reader(f, reading({t}, f.unique("seek")));
  REQUIRE(reader.take(10));
  REQUIRE(reader.consumer().seek({0, partition_id(0)}, record_offset(7)));
  CHECK(*reader.consumer().position({0, partition_id(0)}) == record_offset(7));
  REQUIRE(reader.take(3));
  const auto values = reader.values();
  CHECK(std::vector<std::string>(values.begin() + 10, values.end()) == numbers(7, 10));
  CHECK(reader.consumer().seek({0, partition_id(5)}, record_offset(0)).error().code == errc::invalid_argument);
}

void seek_by_time(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("seek-time"), .partitions = 1});
  const auto start = f.now() - std::chrono::minutes(10);
  std::vector<sent_record> records;
  for (int i = 0; i < 10; ++i) records.push_back({{}, std::to_string(i), 0, start + std::chrono::minutes(i)});
  REQUIRE(append(f, t, records));
  const topic_partition p{t, partition_id(0)};
  CHECK(f.log().offset_at(p, start + std::chrono::minutes(4))->value() == record_offset(4));
  CHECK(f.log().offset_at(p, start + std::chrono::seconds(270))->value() == record_offset(5));
  CHECK(!f.log().offset_at(p, start + std::chrono::hours(1))->has_value());
  log_probe reader(f, reading({t}, f.unique("seek-time")));
  REQUIRE(reader.own(1));
  REQUIRE(reader.consumer().seek({0, partition_id(0)}, start + std::chrono::minutes(8)));
  reader.records.clear();
  REQUIRE(reader.take(2));
  CHECK(reader.values() == numbers(8, 10));
}

void pause_and_resume(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("pause"), .partitions = 2});
  log_probe reader(f, reading({t}, f.unique("pause")));
  REQUIRE(reader.own(2));
  const source_partition paused{0, partition_id(0)};
  REQUIRE(reader.consumer().pause({&paused, 1}));
  REQUIRE(append(f, t, {{{}, "held", 0, {}}, {{}, "read", 1, {}}}));
  REQUIRE(reader.take(1));
  for (int i = 0; i < 5; ++i) reader.poll();
  CHECK(reader.values() == std::vector<std::string>{"read"});
  REQUIRE(reader.consumer().resume({&paused, 1}));
  CHECK(reader.consumer().ready());
  REQUIRE(reader.take(1));
  CHECK(reader.values().back() == "held");
}

void end_and_lag(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("end"), .partitions = 1});
  append_numbers(f, t, 5);
  log_probe reader(f, reading({t}, f.unique("end")));
  REQUIRE(reader.own(1));
  REQUIRE(reader.read_to_end());
  REQUIRE(f.eventually([&] {
    reader.poll();
    return reader.count(consumer_event_kind::end_of_partition) == 1;
  }));
  for (int i = 0; i < 3; ++i) reader.poll();
  CHECK(reader.count(consumer_event_kind::end_of_partition) == 1); // told once
  const auto told = std::find_if(reader.events.begin(), reader.events.end(),
                                 [](const auto& e) { return e.kind == consumer_event_kind::end_of_partition; });
  CHECK(told->positions.front().next == record_offset(5));
  append_numbers(f, t, 2, 5);
  CHECK(f.eventually([&] { return *reader.consumer().lag({0, partition_id(0)}) == 2; }));
  REQUIRE(f.eventually([&] {
    reader.poll();
    return reader.count(consumer_event_kind::end_of_partition) == 2;
  }));
  CHECK(*reader.consumer().lag({0, partition_id(0)}) == 0);
}

void own_reader(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("own"), .partitions = 3});
  for (int p = 0; p < 3; ++p) REQUIRE(append(f, t, {{{}, "x", p, {}}}));
  log_probe first(f, reading({t})), second(f, reading({t}));
  REQUIRE(first.take(3));
  REQUIRE(second.take(3));
  CHECK(first.consumer().assignment().size() == 3);
  CHECK(second.consumer().assignment().size() == 3);
  CHECK(first.commit_all().error().code == errc::unsupported);
  REQUIRE(f.log().add_partitions(t, 4));
  CHECK(first.own(4));
}

void chosen_partitions(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("chosen"), .partitions = 4});
  for (int p = 0; p < 4; ++p) REQUIRE(append(f, t, {{{}, "p" + std::to_string(p), p, {}}}));
  auto options = reading({t});
  options.membership = membership::chosen;
  options.partitions = {partition_id(1), partition_id(3)};
  log_probe reader(f, options);
  REQUIRE(reader.take(2));
  REQUIRE(reader.read_to_end());
  auto values = reader.values();
  std::sort(values.begin(), values.end());
  CHECK(values == std::vector<std::string>{"p1", "p3"});
  options.partitions = {partition_id(4)};
  CHECK(f.log().open_consumer(options).error().code == errc::invalid_argument);
}

void join_and_leave(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("join"), .partitions = 4});
  const auto group = f.unique("join");
  log_probe a(f, reading({t}, group));
  REQUIRE(a.own(4));
  log_probe b(f, reading({t}, group));
  REQUIRE(share(f, a, 2, b, 2));
  std::set<source_partition> all;
  for (const auto* probe : {&a, &b})
    for (const auto s : const_cast<log_probe*>(probe)->consumer().assignment()) all.insert(s);
  CHECK(all.size() == 4);
  for (int p = 0; p < 4; ++p) REQUIRE(append(f, t, {{{}, "x", p, {}}}));
  REQUIRE(a.take(2));
  REQUIRE(b.take(2));
  REQUIRE(b.commit_all());
  REQUIRE(b.consumer().close());
  CHECK(b.consumer().close()); // again does no harm
  REQUIRE(a.own(4));
  REQUIRE(a.read_to_end());
  CHECK(a.records.size() == 2); // what b committed does not come again
  b.poll();
  REQUIRE(b.failure);
  CHECK(b.failure->code == errc::closed);
}

void crash(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("crash"), .partitions = 2});
  const auto group = f.unique("crash");
  log_probe a(f, reading({t}, group));
  REQUIRE(a.own(2));
  log_probe b(f, reading({t}, group));
  REQUIRE(share(f, a, 1, b, 1));
  for (int i = 0; i < 10; ++i) REQUIRE(append(f, t, {{{}, std::to_string(i), i % 2, {}}}));
  REQUIRE(a.take(5));
  REQUIRE(b.take(5));
  b.crash();
  REQUIRE(a.own(2));
  REQUIRE(a.take(5)); // b had committed nothing: all of its records come again
  auto values = a.values();
  std::sort(values.begin(), values.end());
  CHECK(values == numbers(0, 10));
}

void cooperative_rebalance(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("cooperative"), .partitions = 2});
  const auto group = f.unique("cooperative");
  log_probe a(f, reading({t}, group));
  REQUIRE(a.own(2));
  a.releases = false;
  log_probe b(f, reading({t}, group));
  REQUIRE(f.eventually([&] {
    a.poll();
    b.poll();
    return a.count(consumer_event_kind::revoking) == 1;
  }));
  const auto revoked = std::find_if(a.events.begin(), a.events.end(),
                                    [](const auto& e) { return e.kind == consumer_event_kind::revoking; });
  REQUIRE(revoked->positions.size() == 1);
  const auto moving = revoked->positions.front().source;
  const source_partition staying{0, partition_id(1 - moving.partition.value())};
  REQUIRE(append(f, t, {{{}, "moving", moving.partition.value(), {}}, {{}, "staying", staying.partition.value(), {}}}));
  REQUIRE(a.take(1)); // the one that stays is read on, without a pause
  for (int i = 0; i < 5; ++i) {
    a.poll();
    b.poll();
  }
  CHECK(a.values() == std::vector<std::string>{"staying"});
  CHECK(b.consumer().assignment().empty());
  CHECK(a.consumer().release({&staying, 1}).error().code == errc::invalid_argument);
  const source_position done{moving, record_offset(0)};
  std::optional<result<void>> committed;
  a.consumer().commit({&done, 1}, [&](const auto& r) { committed = r; }); // still its own
  REQUIRE(f.eventually([&] { return committed.has_value(); }));
  CHECK(*committed);
  REQUIRE(a.consumer().release({&moving, 1}));
  REQUIRE(share(f, a, 1, b, 1));
  REQUIRE(f.eventually([&] {
    b.poll();
    return b.values() == std::vector<std::string>{"moving"};
  }));
}

void co_partitioned(log_fixture& f) {
  const auto left = make_topic(f, {.name = topic_name("left"), .partitions = 4});
  const auto right = make_topic(f, {.name = topic_name("right"), .partitions = 4});
  const auto odd = make_topic(f, {.name = topic_name("odd"), .partitions = 3});
  const auto group = f.unique("co");
  CHECK(f.log().open_consumer(reading({left, odd}, group)).error().code == errc::incompatible);
  log_probe a(f, reading({left, right}, group));
  REQUIRE(a.own(8));
  log_probe b(f, reading({left, right}, group));
  REQUIRE(share(f, a, 4, b, 4));
  for (auto* probe : {&a, &b}) {
    std::map<std::int32_t, int> topics;
    for (const auto s : probe->consumer().assignment()) ++topics[s.partition.value()];
    CHECK(topics.size() == 2);
    for (const auto& [partition, count] : topics) CHECK(count == 2);
  }
  REQUIRE(append(f, left, {{"k", "l", {}, {}}}));
  REQUIRE(append(f, right, {{"k", "r", {}, {}}}));
  REQUIRE(f.eventually([&] {
    a.poll();
    b.poll();
    return a.records.size() + b.records.size() == 2;
  }));
  CHECK((a.records.empty() || b.records.empty())); // one key of both topics meets in one member
  const auto& met = a.records.empty() ? b : a;
  CHECK(met.records[0].source.topic != met.records[1].source.topic);
}

void commit_next(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("commit"), .partitions = 1});
  const auto group = f.unique("commit");
  append_numbers(f, t, 10);
  const source_partition p{0, partition_id(0)};
  {
    log_probe first(f, reading({t}, group));
    REQUIRE(first.take(10));
    CHECK(!first.consumer().committed(p)->has_value());
    const source_position six{p, record_offset(6)}; // 0 to 5 are done
    std::optional<result<void>> done;
    first.consumer().commit({&six, 1}, [&](const auto& r) { done = r; });
    REQUIRE(f.eventually([&] { return done.has_value(); }));
    REQUIRE(*done);
    CHECK(first.consumer().committed(p)->value() == record_offset(6));
    REQUIRE(first.consumer().close());
  }
  log_probe second(f, reading({t}, group));
  REQUIRE(second.take(4));
  CHECK(second.values() == numbers(6, 10));
}

void fenced_commit(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("fenced"), .partitions = 2});
  const auto group = f.unique("fenced");
  append_numbers(f, t, 5);
  log_probe a(f, reading({t}, group));
  REQUIRE(a.own(2));
  log_probe b(f, reading({t}, group));
  REQUIRE(share(f, a, 1, b, 1));
  const auto moved = b.consumer().assignment().front();
  const source_position late{moved, record_offset(1)};
  std::optional<result<void>> done;
  a.consumer().commit({&late, 1}, [&](const auto& r) { done = r; });
  REQUIRE(f.eventually([&] { return done.has_value(); }));
  REQUIRE(!*done);
  CHECK(done->error().code == errc::fenced);
  CHECK(!b.consumer().committed(moved)->has_value());
}

void groups_apart(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("apart"), .partitions = 1});
  append_numbers(f, t, 5);
  log_probe a(f, reading({t}, f.unique("apart-a"))), b(f, reading({t}, f.unique("apart-b")));
  REQUIRE(a.take(5));
  REQUIRE(a.commit_all());
  REQUIRE(b.take(5));
  CHECK(a.values() == b.values());
}

void group_progress(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("progress"), .partitions = 1});
  const auto group = f.unique("progress");
  append_numbers(f, t, 5);
  {
    log_probe a(f, reading({t}, group));
    REQUIRE(a.take(5));
    REQUIRE(a.commit_all());
    REQUIRE(f.eventually([&] {
      const auto g = f.log().describe_group(group_name(group));
      return g && g->members.size() == 1 && g->progress.size() == 1 && g->progress[0].owner == "probe" &&
             g->progress[0].committed == record_offset(5) && g->progress[0].unread.records == 0;
    }));
    const topic_partition p{t, partition_id(0)};
    CHECK(f.log().reset_group(group_name(group), p, record_offset(2)).error().code == errc::conflict);
    REQUIRE(a.consumer().close());
    REQUIRE(f.eventually([&] { return f.log().reset_group(group_name(group), p, record_offset(2)).has_value(); }));
  }
  log_probe again(f, reading({t}, group));
  REQUIRE(again.take(3));
  CHECK(again.values() == numbers(2, 5));
  CHECK(f.log().describe_group(group_name("nobody")).error().code == errc::not_found);
}

} // namespace cloudflow::testkit::topic_log_contract
