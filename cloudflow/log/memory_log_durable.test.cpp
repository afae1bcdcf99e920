#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"
#include "cloudflow/testkit/store/mortal_store.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::testkit;

namespace {

struct store_holder {
  store::memory_store store;
};

struct durable_fixture : store_holder, durable_log_fixture {
  explicit durable_fixture(log::memory_log_options with = {})
      : durable_log_fixture(store_holder::store, with) {}
};

using texts = std::vector<std::string>;

sent_record to(int partition, std::string value) { return {{}, std::move(value), partition, {}}; }

texts all_of(log_fixture& f, const topic_name& t, log::isolation level = log::isolation::read_committed) {
  auto options = reading({t});
  options.isolation = level;
  log_probe reader(f, options);
  REQUIRE(reader.read_to_end());
  return reader.values();
}

// What the store has at this moment: a process that dies now leaves this behind.
void copy(const store::byte_store& from, store::byte_store& to_store) {
  store::write_batch batch;
  auto cursor = from.scan({});
  for (auto more = cursor->next(); more && *more; more = cursor->next()) batch.put(cursor->key(), cursor->value());
  REQUIRE(to_store.write(batch));
}

std::size_t keys_of(const store::byte_store& s, std::string_view prefix) {
  std::size_t n = 0;
  auto cursor = s.scan(store::keys_with_prefix(as_bytes(prefix)));
  for (auto more = cursor->next(); more && *more; more = cursor->next()) ++n;
  return n;
}

} // namespace

CLOUDFLOW_TOPIC_LOG_CONTRACT(durable_fixture, "the durable in-process log")
CLOUDFLOW_TOPIC_LOG_CLOSING_CONTRACT(durable_fixture, "the durable in-process log")

TEST_CASE("a durable log says that it survives, and what") {
  durable_fixture f;
  CHECK(f.log().capabilities().durable);
  CHECK(f.log().describe().find("survives kill -9") != std::string::npos);
  CHECK(f.log().describe().find("power") == std::string::npos);
  durable_fixture synced({.sync = true});
  CHECK(synced.log().describe().find("power") != std::string::npos);
}

TEST_CASE("a durable log has its topics, as they were made, after a restart") {
  durable_fixture f;
  const topic_name name("t");
  REQUIRE(f.log().create_topic({.name = name,
                                .partitions = 2,
                                .cleanup = log::cleanup_policy::compact,
                                .retention_time = std::chrono::hours(3),
                                .retention_bytes = 12345,
                                .tombstone_retention = std::chrono::minutes(7),
                                .timestamps = log::timestamp_kind::append,
                                .max_record_bytes = 4321,
                                .max_memory_bytes = 1 << 20,
                                .settings = {{"min.insync.replicas", "2"}}}));
  REQUIRE(f.log().create_topic({.name = topic_name("gone"), .partitions = 1}));
  REQUIRE(append(f, topic_name("gone"), {to(0, "x")}));
  REQUIRE(f.log().add_partitions(name, 5));
  REQUIRE(f.log().remove_topic(topic_name("gone")));
  f.restart();
  const auto d = f.log().describe_topic(name);
  REQUIRE(d);
  CHECK(d->spec.partitions == 5);
  CHECK(d->spec.cleanup == log::cleanup_policy::compact);
  CHECK(d->spec.retention_time == std::chrono::hours(3));
  CHECK(d->spec.retention_bytes == 12345);
  CHECK(d->spec.tombstone_retention == std::chrono::minutes(7));
  CHECK(d->spec.timestamps == log::timestamp_kind::append);
  CHECK(d->spec.max_record_bytes == 4321);
  CHECK(d->spec.max_memory_bytes == 1 << 20);
  CHECK(d->spec.settings.at("min.insync.replicas") == "2");
  CHECK(f.log().topics()->size() == 1);
  // A topic of the same name begins anew.
  REQUIRE(f.log().create_topic({.name = topic_name("gone"), .partitions = 1}));
  CHECK(all_of(f, topic_name("gone")).empty());
  f.restart();
  CHECK(all_of(f, topic_name("gone")).empty());
}

TEST_CASE("a durable log has records, keys, nulls, headers and times after a restart, and goes on behind them") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 2});
  const auto old = f.now() - std::chrono::hours(1);
  REQUIRE(append(f, t, {{"k", "v", 0, old}, {{}, {}, 0, {}}, to(1, "one")}));
  {
    auto producer = f.log().open_producer({});
    auto writer = (*producer)->open(t);
    log::header_buffer headers;
    headers.add("a", "1").add("b", "2");
    const log::outgoing_record r{
        .value = as_bytes("with headers"), .headers = headers.view(), .partition = partition_id(0)};
    REQUIRE((*writer)->send({&r, 1}));
  }
  for (int round = 0; round < 3; ++round) {
    f.restart();
    {
      auto consumer = f.log().open_consumer(reading({t}));
      REQUIRE(consumer);
      log::polled got;
      std::vector<log::record_batch> keep;
      std::vector<log::record_view> seen;
      for (int i = 0; i < 5; ++i) {
        REQUIRE((*consumer)->poll({}, got));
        keep.push_back(got.records);
        for (const auto& r : keep.back())
          if (r.source.partition == partition_id(0)) seen.push_back(r);
      }
      REQUIRE(seen.size() == 3 + static_cast<std::size_t>(round));
      CHECK(as_text(*seen[0].key) == "k");
      CHECK(as_text(*seen[0].value) == "v");
      CHECK((seen[0].time == old));
      CHECK(!seen[1].key);
      CHECK(!seen[1].value);
      CHECK(as_text(*seen[2].headers.find("b")) == "2");
      CHECK(seen[2].offset == record_offset(2));
    }
    const auto sent = append(f, t, {to(0, "more")});
    REQUIRE(sent);
    CHECK(sent->front().last == record_offset(3 + round));
  }
}

TEST_CASE("a durable log has positions, readers and writers after a restart") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  const auto closed = make_topic(f, {.name = topic_name("closed"), .partitions = 1});
  append_numbers(f, t, 10);
  append_numbers(f, closed, 1);
  REQUIRE(f.log().declare_reader(group_name("declared"), {&t, 1}));
  for (const auto* w : {"one", "two"}) {
    REQUIRE(f.log().declare_writer(t, w));
    REQUIRE(f.log().declare_writer(closed, w));
  }
  for (const auto* w : {"one", "two"}) REQUIRE(f.log().complete_writer(closed, w));
  REQUIRE(f.log().complete_writer(t, "one"));
  {
    log_probe reader(f, reading({t}, "g"));
    while (reader.records.size() < 6) reader.poll({.max_records = 6 - reader.records.size()});
    REQUIRE(reader.commit_all());
  }
  f.restart();
  CHECK(*f.log().groups() == std::vector{group_name("declared"), group_name("g")});
  const auto g = f.log().describe_group(group_name("g"));
  REQUIRE(g);
  CHECK(g->progress.front().committed == record_offset(6));
  CHECK(g->progress.front().unread.records == 4);
  CHECK(f.log().describe_group(group_name("declared"))->progress.front().unread.records == 10);
  {
    log_probe reader(f, reading({t}, "g"));
    REQUIRE(reader.take(4));
    CHECK(reader.values() == texts{"6", "7", "8", "9"});
  }
  CHECK(!f.log().describe_topic(t)->closed);
  CHECK(f.log().describe_topic(closed)->closed);
  CHECK(f.log().declare_writer(closed, "one")); // again, without effect
  CHECK(f.log().declare_writer(closed, "three").error().code == errc::closed);
  CHECK(append(f, closed, {to(0, "late")}).error().code == errc::closed);
  REQUIRE(f.log().complete_writer(t, "two"));
  CHECK(f.log().describe_topic(t)->closed);
  REQUIRE(f.log().reset_group(group_name("g"), {t, partition_id(0)}, record_offset(1)));
  f.restart();
  CHECK(f.log().describe_topic(t)->closed);
  CHECK(f.log().describe_group(group_name("g"))->progress.front().committed == record_offset(1));
}

TEST_CASE("a durable log has a transaction whole or not at all after a restart") {
  durable_fixture f;
  const auto in = make_topic(f, {.name = topic_name("in"), .partitions = 1});
  const auto out = make_topic(f, {.name = topic_name("out"), .partitions = 2});
  append_numbers(f, in, 4);
  for (const bool committed : {true, false}) {
    {
      log_probe reader(f, reading({in}, "g"));
      REQUIRE(reader.take(committed ? 4 : 0));
      transaction_probe writer(f, "w");
      REQUIRE(writer.begin());
      REQUIRE(writer.send(out, {to(0, committed ? "a" : "lost"), to(1, committed ? "b" : "lost")}));
      if (committed) REQUIRE(writer.send_offsets(reader));
      if (committed) REQUIRE(writer.commit());
      REQUIRE(append(f, out, {to(0, "plain")}));
      if (committed) CHECK(all_of(f, out) == texts{"a", "plain", "b"});
      writer.producer(); // dies with the transaction open the second time
      writer.crash();
    }
    f.restart();
    CHECK(f.log().describe_group(group_name("g"))->progress.front().committed == record_offset(4));
  }
  auto seen = all_of(f, out);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == texts{"a", "b", "plain", "plain"});
}

TEST_CASE("a durable log never gives an offset twice that a reader has passed") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  std::int64_t passed = 0;
  for (int round = 0; round < 4; ++round) {
    {
      transaction_probe writer(f, "w");
      REQUIRE(writer.begin());
      REQUIRE(writer.send(t, {to(0, "x"), to(0, "y")}));
      REQUIRE((round % 2 == 0 ? writer.abort() : writer.commit())); // both leave offsets without a record
      log_probe reader(f, reading({t}));
      REQUIRE(reader.read_to_end());
      passed = reader.consumer().position({0, partition_id(0)})->value();
      CHECK(passed == 3 * (round + 1));
    }
    f.restart();
    CHECK(f.log().offsets({t, partition_id(0)})->next.value() >= passed);
  }
}

TEST_CASE("a durable log reads from the store what it does not hold in memory, also of open and aborted transactions") {
  for (const int how : {0, 1, 2}) { // commit, abort, die
    durable_fixture f;
    const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1, .max_memory_bytes = 64 << 10});
    const std::string padding(500, 'x');
    {
      transaction_probe writer(f, "w");
      REQUIRE(writer.begin());
      for (int i = 0; i < 1000; ++i) {
        REQUIRE(writer.send(t, {to(0, "t" + std::to_string(i) + padding)}));
        if (i % 10 == 0) REQUIRE(append(f, t, {to(0, "p" + std::to_string(i))}));
      }
      if (how == 0) REQUIRE(writer.commit());
      if (how == 1) REQUIRE(writer.abort());
      if (how == 2) { // as if the process had died: nothing is said to the store any more
        store::memory_store left;
        copy(f.data, left);
        durable_log_fixture heir(left);
        const auto seen = all_of(heir, t);
        CHECK(seen.size() == 100);
        CHECK(seen.back() == "p990");
        heir.restart();
        CHECK(all_of(heir, t) == seen);
        REQUIRE(append(heir, t, {to(0, "more")}));
        CHECK(all_of(heir, t).size() == 101);
        continue;
      }
    }
    const auto before = all_of(f, t);
    CHECK(before.size() == (how == 0 ? 1100 : 100));
    f.restart();
    CHECK(all_of(f, t) == before);
    f.restart();
    CHECK(all_of(f, t) == before);
  }
}

TEST_CASE("a durable log follows retention and forgets in the store, too") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"),
                                .partitions = 1,
                                .cleanup = log::cleanup_policy::consumed,
                                .retention_bytes = 100'000,
                                .max_memory_bytes = 64 << 10});
  const std::string padding(1000, 'x');
  for (int i = 0; i < 2000; ++i) REQUIRE(append(f, t, {to(0, std::to_string(i) + padding)}));
  const auto size = static_cast<store::memory_store&>(f.data).size();
  CHECK(size < 300);
  const auto before = all_of(f, t);
  CHECK(before.size() < 200);
  CHECK(before.size() > 50);
  const auto first = f.log().offsets({t, partition_id(0)})->first;
  f.restart();
  CHECK(f.log().offsets({t, partition_id(0)})->first == first);
  CHECK(all_of(f, t) == before);
  {
    log_probe reader(f, reading({t}, "g"));
    REQUIRE(reader.read_to_end());
    REQUIRE(reader.commit_all());
  }
  CHECK(all_of(f, t) == before); // consumed is not a reason to forget
}

TEST_CASE("a durable log compacts in the store") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"),
                                .partitions = 1,
                                .cleanup = log::cleanup_policy::compact,
                                .max_memory_bytes = 64 << 10});
  const std::string padding(200, '.');
  for (int i = 0; i < 10'000; ++i)
    REQUIRE(append(f, t, {{"key-" + std::to_string(i % 300), std::to_string(i) + padding, 0, {}}}));
  f.memory->maintain();
  const auto before = all_of(f, t);
  CHECK(before.size() == 300);
  CHECK(static_cast<store::memory_store&>(f.data).size() < 100);
  f.restart();
  CHECK(all_of(f, t) == before);
  REQUIRE(append(f, t, {{"key-0", "new", 0, {}}}));
  f.memory->maintain();
  CHECK(all_of(f, t).size() == 300);
  f.restart();
  CHECK(all_of(f, t).size() == 300);
  CHECK(all_of(f, t).back() == "new");
}

TEST_CASE("a durable log fences across a restart: epochs go on") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  const auto epoch = [&] {
    transaction_probe old(f, "id"), heir(f, "id");
    const auto message = old.begin().error().message;
    return message.substr(message.find("epoch"), 9);
  };
  const auto first = epoch();
  f.restart();
  CHECK(epoch() != first);
}

TEST_CASE("a durable log that is opened to read only shows what is there and changes nothing") {
  store::memory_store store;
  topic_name t("t");
  {
    durable_log_fixture f(store);
    REQUIRE(f.log().create_topic({.name = t, .partitions = 1}));
    append_numbers(f, t, 5);
    log_probe reader(f, reading({t}, "g"));
    REQUIRE(reader.take(5));
    REQUIRE(reader.commit_all());
  }
  const auto size = store.size();
  durable_log_fixture look(store, {.read_only = true});
  CHECK(all_of(look, t) == texts{"0", "1", "2", "3", "4"});
  CHECK(look.log().describe_group(group_name("g"))->progress.front().committed == record_offset(5));
  CHECK(append(look, t, {to(0, "x")}).error().code == errc::unsupported);
  CHECK(look.log().create_topic({.name = topic_name("new")}).error().code == errc::unsupported);
  CHECK(look.log().remove_topic(t).error().code == errc::unsupported);
  CHECK(look.log().reset_group(group_name("g"), {t, partition_id(0)}, record_offset(0)).error().code ==
        errc::unsupported);
  CHECK(all_of(look, t).size() == 5);
  CHECK(store.size() == size);
  store::memory_store empty;
  CHECK(log::memory_log::open(look.clock, {.durable = &empty, .read_only = true}).error().code == errc::not_found);
  CHECK(empty.size() == 0);
}

TEST_CASE("a store that is newer, damaged or somebody else's is refused and says why") {
  const hand_clock clock;
  const auto open_error = [&](store::byte_store& s) {
    auto opened = log::memory_log::open(clock, {.durable = &s});
    REQUIRE(!opened);
    return opened.error();
  };
  const auto fill = [](store::memory_store& s) {
    durable_log_fixture f(s);
    REQUIRE(f.log().create_topic({.name = topic_name("t"), .partitions = 1}));
    append_numbers(f, topic_name("t"), 5);
    log_probe reader(f, reading({topic_name("t")}, "g"));
    REQUIRE(reader.take(5));
    REQUIRE(reader.commit_all());
  };
  store::memory_store foreign;
  REQUIRE(foreign.put(as_bytes("like a log's"), as_bytes("but not")));
  CHECK(open_error(foreign).code == errc::corrupt);

  store::memory_store newer;
  fill(newer);
  bytes format;
  REQUIRE(*newer.get(as_bytes("lv"), format));
  auto changed = format;
  changed[4 + 13 + 3] = std::byte{9};
  REQUIRE(newer.put(as_bytes("lv"), changed));
  CHECK(open_error(newer).code == errc::incompatible);
  CHECK(open_error(newer).message.find("newer") != std::string::npos);

  // Each value cut short, or with its bytes turned round: an error or what was there, never a crash.
  store::memory_store good;
  fill(good);
  std::vector<std::pair<bytes, bytes>> pairs;
  {
    auto cursor = good.scan({});
    for (auto more = cursor->next(); more && *more; more = cursor->next())
      pairs.emplace_back(bytes(cursor->key().begin(), cursor->key().end()),
                         bytes(cursor->value().begin(), cursor->value().end()));
  }
  int refused = 0;
  for (const auto& [key, value] : pairs)
    for (std::size_t cut = 0; cut < value.size() + 8; ++cut) {
      store::memory_store damaged;
      for (const auto& [k, v] : pairs) REQUIRE(damaged.put(k, v));
      auto bad = value;
      if (cut < value.size())
        bad.resize(cut);
      else if (!bad.empty())
        bad[(cut * 7) % bad.size()] ^= std::byte{0xff};
      REQUIRE(damaged.put(key, bad));
      auto opened = log::memory_log::open(clock, {.durable = &damaged});
      if (!opened) {
        ++refused;
        continue;
      }
      auto consumer = (*opened)->open_consumer(reading({topic_name("t")}));
      log::polled got;
      if (consumer)
        for (int i = 0; i < 3; ++i) static_cast<void>((*consumer)->poll({}, got));
    }
  CHECK(refused > 100);
}

TEST_CASE("a durable log that dies between a writer's completion and its last commit is not closed") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  REQUIRE(f.log().declare_writer(t, "w"));
  transaction_probe writer(f, "w");
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "last")}));
  REQUIRE(f.log().complete_writer(t, "w"));
  store::memory_store before, after;
  copy(f.data, before);
  REQUIRE(writer.commit());
  copy(f.data, after);
  durable_log_fixture early(before), late(after);
  CHECK(!early.log().describe_topic(t)->closed); // the writer runs again, and has its records to write
  CHECK(all_of(early, t).empty());
  CHECK(late.log().describe_topic(t)->closed);
  CHECK(all_of(late, t) == texts{"last"});
}

TEST_CASE("a durable log does not go behind a position that somebody committed in an open transaction") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  transaction_probe writer(f, "w");
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "a"), to(0, "b"), to(0, "c")}));
  auto options = reading({t}, "dirty");
  options.isolation = log::isolation::read_uncommitted;
  log_probe dirty(f, options);
  REQUIRE(dirty.take(3));
  REQUIRE(dirty.commit_all());
  store::memory_store left;
  copy(f.data, left);
  durable_log_fixture heir(left);
  append_numbers(heir, t, 5);
  log_probe reader(heir, options);
  REQUIRE(reader.read_to_end());
  CHECK(reader.values() == texts{"0", "1", "2", "3", "4"});
}

TEST_CASE("a durable log finds records also where the store does not tell of their segment") {
  durable_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1, .max_memory_bytes = 32 << 10});
  for (int i = 0; i < 300; ++i) REQUIRE(append(f, t, {to(0, std::to_string(i) + std::string(300, '.'))}));
  const auto before = all_of(f, t);
  store::memory_store left;
  copy(f.data, left);
  std::vector<bytes> told;
  {
    auto cursor = left.scan(store::keys_with_prefix(as_bytes("li")));
    for (auto more = cursor->next(); more && *more; more = cursor->next())
      told.emplace_back(cursor->key().begin(), cursor->key().end());
  }
  REQUIRE(told.size() > 6);
  for (std::size_t i = 1; i < told.size(); i += 3) REQUIRE(left.remove(told[i]));
  durable_log_fixture heir(left);
  CHECK(all_of(heir, t) == before);
  heir.restart();
  CHECK(all_of(heir, t) == before);
}

TEST_CASE("a durable log on a full disk refuses, shows nothing of it, and goes on when there is room") {
  store::memory_store below;
  mortal_store disk(below);
  durable_log_fixture f(disk);
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 2, .max_memory_bytes = 32 << 10});
  log_probe watching(f, reading({t}));
  REQUIRE(watching.own(2));
  for (int i = 0; i < 100; ++i) { // also where a new segment begins
    disk.refuse(1);
    const auto value = std::to_string(i) + std::string(300, '.');
    const auto refused = append(f, t, {to(0, "refused"), to(1, "refused" + std::string(3000, '.')), to(0, value)});
    REQUIRE(!refused);
    CHECK(refused.error().code == errc::limit_exceeded);
    CHECK(refused.error().retriable);
    watching.poll();
    REQUIRE(append(f, t, {to(0, value)}));
  }
  REQUIRE(watching.take(100 - watching.records.size()));
  CHECK(watching.records.size() == 100);
  for (std::int64_t i = 0; i < 100; ++i) CHECK(watching.records[static_cast<std::size_t>(i)].offset == i);
  {
    transaction_probe writer(f, "w");
    REQUIRE(writer.begin());
    REQUIRE(writer.send(t, {to(0, "lost"), to(1, "lost")}));
    disk.refuse(1);
    const auto refused = writer.commit();
    REQUIRE(!refused);
    CHECK(refused.error().retriable);
    CHECK(writer.commit().error().code == errc::conflict); // it must be aborted
    REQUIRE(writer.abort());
    REQUIRE(writer.begin());
    REQUIRE(writer.send(t, {to(1, "kept")}));
    REQUIRE(writer.commit());
  }
  disk.refuse(1);
  CHECK(f.log().create_topic({.name = topic_name("u")}).error().code == errc::limit_exceeded);
  CHECK(f.log().describe_topic(topic_name("u")).error().code == errc::not_found);
  const auto before = all_of(f, t);
  CHECK(before.size() == 101);
  f.restart();
  CHECK(all_of(f, t) == before);
}

TEST_CASE("a durable log finishes the removal of a topic in which it died") {
  for (std::uint64_t at = 2; at <= 9; ++at) {
    store::memory_store below;
    mortal_store store(below);
    {
      durable_log_fixture f(store);
      REQUIRE(f.log().create_topic({.name = topic_name("t"), .partitions = 1, .max_memory_bytes = 16 << 10}));
      for (int i = 0; i < 100; ++i) REQUIRE(append(f, topic_name("t"), {to(0, std::string(300, '.'))}));
      store.die_at(at, false);
      CHECK(!f.log().remove_topic(topic_name("t")));
    }
    durable_log_fixture heir(below);
    CHECK(heir.log().topics()->empty());
    for (const auto* kind : {"lr", "li", "lp", "lz"}) CHECK(keys_of(below, kind) == 0);
  }
}
