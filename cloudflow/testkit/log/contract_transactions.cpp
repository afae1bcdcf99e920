#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <algorithm>
#include <atomic>

namespace cloudflow::testkit::topic_log_contract {

using namespace log;
using std::chrono::seconds;

namespace {

using texts = std::vector<std::string>;

sent_record to(int partition, std::string value) { return {{}, std::move(value), partition, {}}; }
sent_record keyed(std::string key, std::string value) { return {std::move(key), std::move(value), 0, {}}; }

consumer_options uncommitted(consumer_options options) {
  options.isolation = isolation::read_uncommitted;
  return options;
}

// All that a new reader sees up to the end that is known to it.
texts all_of(log_fixture& f, const topic_name& t, isolation level = isolation::read_committed) {
  auto options = reading({t});
  options.isolation = level;
  log_probe reader(f, options);
  if (!reader.read_to_end()) return {"<the end was not reached>"};
  return reader.values();
}

// Refused for good: the producer is finished.
void check_fenced(const result<void>& r) {
  REQUIRE(!r);
  CHECK(r.error().code == errc::fenced);
  CHECK(!r.error().retriable);
}

std::optional<record_offset> committed_of(log_fixture& f, const std::string& group, const topic_name& t,
                                          int partition = 0) {
  const auto g = f.log().describe_group(group_name(group));
  if (!g) return {};
  for (const auto& p : g->progress)
    if (p.source == topic_partition{t, partition_id(partition)}) return p.committed;
  return {};
}

} // namespace

void commit_shows_records(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-commit"), .partitions = 2});
  const auto u = make_topic(f, {.name = topic_name("tx-commit-too"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-commit"));
  log_probe dirty(f, uncommitted(reading({t}))), clean(f, reading({t})), other(f, reading({u}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "a"), to(1, "b"), to(0, "c")}));
  REQUIRE(writer.send(u, {to(0, "d")}));
  REQUIRE(writer.flush());
  REQUIRE(dirty.take(3));
  const topic_partition p{t, partition_id(0)};
  CHECK(f.log().offsets(p)->last_stable == record_offset(0));
  CHECK(f.log().offsets(p)->next == record_offset(2));
  REQUIRE(clean.own(2));
  REQUIRE(clean.read_to_end());
  REQUIRE(other.own(1));
  REQUIRE(other.read_to_end());
  CHECK(clean.records.empty());
  CHECK(other.records.empty());
  REQUIRE(writer.commit());
  REQUIRE(clean.take(3));
  REQUIRE(other.take(1));
  texts first;
  for (const auto& r : clean.records)
    if (r.source.partition == partition_id(0)) first.push_back(*r.value);
  CHECK(first == texts{"a", "c"});
  CHECK(other.values() == texts{"d"});
  CHECK(f.eventually([&] {
    const auto o = f.log().offsets(p);
    return o && o->last_stable == o->next;
  }));
  CHECK(dirty.records.size() == 3); // no record for the marker
}

void abort_hides_records(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-abort"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-abort"));
  REQUIRE(append(f, t, {to(0, "before")}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "lost 1"), to(0, "lost 2")}));
  REQUIRE(writer.flush());
  REQUIRE(append(f, t, {to(0, "between")}));
  REQUIRE(writer.send(t, {to(0, "lost 3")}));
  REQUIRE(writer.abort());
  REQUIRE(append(f, t, {to(0, "after")}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "kept")}));
  REQUIRE(writer.commit());
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(4));
  REQUIRE(reader.read_to_end());
  CHECK(reader.values() == texts{"before", "between", "after", "kept"});
  CHECK(all_of(f, t, isolation::read_uncommitted).size() == 7);
}

void abort_at_the_end(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-tail"), .partitions = 1});
  const auto group = f.unique("tx-tail");
  transaction_probe writer(f, f.unique("tx-tail"));
  log_probe reader(f, reading({t}, group));
  REQUIRE(append(f, t, {to(0, "only")}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "lost"), to(0, "lost")}));
  REQUIRE(writer.flush());
  REQUIRE(reader.take(1));
  REQUIRE(writer.abort());
  REQUIRE(f.eventually([&] { // passes what it may not see: nothing is left unread
    reader.poll();
    const auto lag = reader.consumer().lag({0, partition_id(0)});
    const auto next = f.log().offsets({t, partition_id(0)})->next;
    return lag && *lag == 0 && *reader.consumer().position({0, partition_id(0)}) == next;
  }));
  CHECK(reader.values() == texts{"only"});
  const auto unread = [&] { return f.log().describe_group(group_name(group))->progress.front().unread; };
  REQUIRE(reader.commit_all());
  CHECK(f.eventually([&] { return unread().records == 0 && unread().bytes == 0; }));
  REQUIRE(append(f, t, {to(0, "next")}));
  REQUIRE(reader.take(1));
  CHECK(reader.values() == texts{"only", "next"});
}

void abort_in_the_middle(log_fixture& f) {
  const auto in = make_topic(f, {.name = topic_name("tx-middle-in"), .partitions = 1});
  const auto out = make_topic(f, {.name = topic_name("tx-middle-out"), .partitions = 2});
  const auto group = f.unique("tx-middle");
  append_numbers(f, in, 6);
  transaction_probe writer(f, f.unique("tx-middle"));
  const source_partition p{0, partition_id(0)};
  const auto copy = [&](log_probe& reader, std::size_t from, std::size_t end) {
    for (auto i = from; i < end; ++i)
      REQUIRE(writer.send(out, {to(static_cast<int>(i % 2), *reader.records[i].value)}));
  };
  log_probe reader(f, reading({in}, group));
  REQUIRE(reader.take(6));
  REQUIRE(writer.begin());
  copy(reader, 0, 2);
  const source_position two{p, record_offset(2)};
  REQUIRE(writer.producer().send_offsets(reader.consumer().token(), {&two, 1}));
  REQUIRE(writer.commit());
  REQUIRE(writer.begin());
  copy(reader, 2, 5);
  const source_position five{p, record_offset(5)};
  REQUIRE(writer.producer().send_offsets(reader.consumer().token(), {&five, 1}));
  REQUIRE(writer.abort());
  CHECK(f.eventually([&] { return committed_of(f, group, in) == record_offset(2); }));
  REQUIRE(reader.consumer().seek(p, record_offset(2))); // as the engine does after an abort
  reader.records.resize(2);
  REQUIRE(reader.take(4));
  REQUIRE(writer.begin());
  copy(reader, 2, 6);
  REQUIRE(writer.send_offsets(reader));
  REQUIRE(writer.commit());
  CHECK(f.eventually([&] { return committed_of(f, group, in) == record_offset(6); }));
  auto seen = all_of(f, out);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == texts{"0", "1", "2", "3", "4", "5"});
}

void open_transaction_holds(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-hold"), .partitions = 2});
  transaction_probe slow(f, f.unique("tx-hold-slow")), fast(f, f.unique("tx-hold-fast"));
  REQUIRE(slow.begin());
  REQUIRE(slow.send(t, {to(0, "slow")}));
  REQUIRE(slow.flush());
  REQUIRE(fast.begin());
  REQUIRE(fast.send(t, {to(0, "fast"), to(1, "elsewhere")}));
  REQUIRE(fast.commit());
  REQUIRE(append(f, t, {to(0, "plain")}));
  auto woken = std::make_shared<std::atomic<int>>(0);
  auto options = reading({t}, f.unique("tx-hold"));
  options.on_available = [woken] { ++*woken; };
  log_probe reader(f, options);
  REQUIRE(reader.take(1));
  REQUIRE(reader.read_to_end());
  CHECK(reader.values() == texts{"elsewhere"});
  const auto before = woken->load();
  REQUIRE(slow.commit());
  REQUIRE(f.eventually([&] { return woken->load() > before; }));
  REQUIRE(reader.take(3));
  CHECK(reader.values() == texts{"elsewhere", "slow", "fast", "plain"}); // in the order of their offsets
}

void latest_is_stable(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-latest"), .partitions = 1});
  append_numbers(f, t, 2);
  transaction_probe writer(f, f.unique("tx-latest"));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "open")}));
  REQUIRE(writer.flush());
  auto options = reading({t}, f.unique("tx-latest"));
  options.reset = offset_reset::latest;
  log_probe reader(f, options);
  REQUIRE(reader.own(1));
  REQUIRE(reader.read_to_end());
  CHECK(reader.records.empty());
  REQUIRE(writer.commit());
  REQUIRE(reader.take(1));
  CHECK(reader.values() == texts{"open"}); // it became visible after the reader had come
}

void seek_into_aborted(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-seek"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-seek"));
  for (const bool keep : {true, false, true}) {
    REQUIRE(writer.begin());
    for (const auto* v : {"1", "2", "3"}) REQUIRE(writer.send(t, {to(0, (keep ? "kept " : "lost ") + std::string(v))}));
    REQUIRE((keep ? writer.commit() : writer.abort()));
  }
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(6));
  const auto last = reader.records[2].offset; // the aborted ones are behind it
  for (const auto from : {last + 1, last + 3, last + 4}) {
    REQUIRE(reader.consumer().seek({0, partition_id(0)}, record_offset(from)));
    reader.records.clear();
    REQUIRE(reader.take(3));
    CHECK(reader.values() == texts{"kept 1", "kept 2", "kept 3"});
  }
}

void offsets_of_groups(log_fixture& f) {
  const auto left = make_topic(f, {.name = topic_name("tx-left"), .partitions = 1});
  const auto right = make_topic(f, {.name = topic_name("tx-right"), .partitions = 2});
  const auto out = make_topic(f, {.name = topic_name("tx-both"), .partitions = 1});
  const auto one = f.unique("tx-one"), two = f.unique("tx-two");
  append_numbers(f, left, 3);
  append_numbers(f, right, 4);
  REQUIRE(append(f, right, {to(1, "x")}));
  transaction_probe writer(f, f.unique("tx-groups"));
  {
    log_probe a(f, reading({left}, one)), b(f, reading({right}, two));
    REQUIRE(a.take(3));
    REQUIRE(b.take(5));
    REQUIRE(writer.begin());
    REQUIRE(writer.send(out, {to(0, "sum")}));
    REQUIRE(writer.send_offsets(a));
    REQUIRE(writer.send_offsets(b));
    CHECK(!a.consumer().committed({0, partition_id(0)})->has_value()); // not before the commit
    CHECK(!committed_of(f, two, right));
    REQUIRE(writer.commit());
    CHECK(f.eventually([&] {
      return committed_of(f, one, left) == record_offset(3) && committed_of(f, two, right) == record_offset(4) &&
             committed_of(f, two, right, 1) == record_offset(1);
    }));
  }
  CHECK(all_of(f, out) == texts{"sum"});
  append_numbers(f, left, 1, 3);
  log_probe again(f, reading({left}, one));
  REQUIRE(again.take(1));
  CHECK(again.values() == texts{"3"});
}

void zombie_is_fenced(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-zombie"), .partitions = 1});
  const auto id = f.unique("tx-zombie");
  transaction_probe zombie(f, id);
  REQUIRE(zombie.begin());
  REQUIRE(zombie.send(t, {to(0, "of the zombie")}));
  REQUIRE(zombie.flush());
  transaction_probe heir(f, id); // aborts what the other has open
  REQUIRE(heir.begin());
  REQUIRE(heir.send(t, {to(0, "of the heir")}));
  REQUIRE(heir.commit());
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(1));
  CHECK(reader.values() == texts{"of the heir"});
  check_fenced(zombie.commit());
  check_fenced(zombie.begin());
  REQUIRE(reader.read_to_end());
  CHECK(reader.records.size() == 1);
  REQUIRE(heir.begin()); // not hurt by what the zombie tried
  REQUIRE(heir.send(t, {to(0, "more")}));
  REQUIRE(heir.commit());
  REQUIRE(reader.take(1));
}

void idle_zombie_is_fenced(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-idle"), .partitions = 1});
  const auto id = f.unique("tx-idle");
  transaction_probe zombie(f, id);
  REQUIRE(zombie.begin());
  REQUIRE(zombie.send(t, {to(0, "good")}));
  REQUIRE(zombie.commit());
  transaction_probe heir(f, id);
  // A cluster may notice only when the transaction is to end.
  if (auto begun = zombie.begin(); begun) {
    static_cast<void>(zombie.send(t, {to(0, "bad")}));
    check_fenced(zombie.commit());
  } else {
    check_fenced(begun);
  }
  CHECK(all_of(f, t) == texts{"good"});
}

void crashed_producer(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-crash"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-crash"), seconds(2));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "lost")}));
  REQUIRE(writer.flush());
  REQUIRE(append(f, t, {to(0, "behind")}));
  writer.crash();
  f.pass(seconds(3));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(1));
  REQUIRE(reader.read_to_end());
  CHECK(reader.values() == texts{"behind"});
}

void hanging_producer(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-hang"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-hang"), seconds(2));
  log_probe reader(f, reading({t}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "lost")}));
  REQUIRE(writer.flush());
  REQUIRE(append(f, t, {to(0, "behind")}));
  REQUIRE(reader.own(1));
  REQUIRE(reader.read_to_end());
  CHECK(reader.records.empty());
  f.pass(seconds(3));
  REQUIRE(reader.take(1));
  CHECK(reader.values() == texts{"behind"});
  check_fenced(writer.commit());
  CHECK(all_of(f, t) == texts{"behind"});
}

void lost_partition(log_fixture& f) {
  const auto in = make_topic(f, {.name = topic_name("tx-lost-in"), .partitions = 1});
  const auto out = make_topic(f, {.name = topic_name("tx-lost-out"), .partitions = 1});
  const auto group = f.unique("tx-lost");
  append_numbers(f, in, 4);
  transaction_probe writer(f, f.unique("tx-lost"));
  log_probe gone(f, reading({in}, group));
  REQUIRE(gone.take(4));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(out, {to(0, "of the old owner")}));
  const auto token = gone.consumer().token();
  REQUIRE(gone.consumer().close());
  log_probe heir(f, reading({in}, group));
  REQUIRE(heir.take(4)); // nothing was committed
  const source_position four{{0, partition_id(0)}, record_offset(4)};
  auto refused = writer.producer().send_offsets(token, {&four, 1});
  if (refused) refused = writer.commit();
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::fenced);
  CHECK(refused.error().retriable); // the producer may go on
  REQUIRE(writer.abort());
  CHECK(!committed_of(f, group, in));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(out, {to(0, "of the new owner")}));
  REQUIRE(writer.send_offsets(heir));
  REQUIRE(writer.commit());
  CHECK(all_of(f, out) == texts{"of the new owner"});
  CHECK(f.eventually([&] { return committed_of(f, group, in) == record_offset(4); }));
}

void regained_partition(log_fixture& f) {
  const auto in = make_topic(f, {.name = topic_name("tx-again-in"), .partitions = 2});
  const auto group = f.unique("tx-again");
  for (int p = 0; p < 2; ++p) REQUIRE(append(f, in, {to(p, "a"), to(p, "b")}));
  transaction_probe writer(f, f.unique("tx-again"));
  log_probe a(f, reading({in}, group));
  REQUIRE(a.take(4));
  REQUIRE(writer.begin());
  const auto old = a.consumer().token();
  std::optional<source_partition> moved;
  {
    log_probe b(f, reading({in}, group));
    REQUIRE(f.eventually([&] {
      a.poll();
      b.poll();
      return a.consumer().assignment().size() == 1 && b.consumer().assignment().size() == 1;
    }));
    moved = b.consumer().assignment().front();
    REQUIRE(b.take(2));
    REQUIRE(b.commit_all());
    REQUIRE(b.consumer().close());
  }
  REQUIRE(a.own(2)); // it has the partition again, but not what it knew of it
  const source_position stale{*moved, record_offset(1)};
  auto refused = writer.producer().send_offsets(old, {&stale, 1});
  if (refused) refused = writer.commit();
  REQUIRE(!refused);
  CHECK(refused.error().code == errc::fenced);
  CHECK(refused.error().retriable);
  REQUIRE(writer.abort());
  CHECK(committed_of(f, group, in, moved->partition.value()) == record_offset(2));
}

void rebalance_in_transaction(log_fixture& f) {
  const auto in = make_topic(f, {.name = topic_name("tx-move-in"), .partitions = 2});
  const auto out = make_topic(f, {.name = topic_name("tx-move-out"), .partitions = 1});
  const auto group = f.unique("tx-move");
  for (int p = 0; p < 2; ++p) REQUIRE(append(f, in, {to(p, std::to_string(p) + "a"), to(p, std::to_string(p) + "b")}));
  transaction_probe wa(f, f.unique("tx-move-a")), wb(f, f.unique("tx-move-b"));
  log_probe a(f, reading({in}, group));
  REQUIRE(a.take(4));
  REQUIRE(wa.begin());
  for (const auto& r : a.records) REQUIRE(wa.send(out, {to(0, *r.value)}));
  REQUIRE(wa.send_offsets(a));
  log_probe b(f, reading({in}, group)); // a gives up one of its two, with the transaction open
  REQUIRE(f.eventually([&] {
    a.poll();
    b.poll();
    return a.consumer().assignment().size() == 1 && b.consumer().assignment().size() == 1;
  }));
  const auto copy = [&](log_probe& reader, transaction_probe& writer) {
    REQUIRE(reader.read_to_end());
    REQUIRE(writer.begin());
    for (const auto& r : reader.records) REQUIRE(writer.send(out, {to(0, *r.value)}));
    REQUIRE(writer.send_offsets(reader));
    REQUIRE(writer.commit());
  };
  // A cluster may still take the commit, if b then goes on behind it; or refuse it, and b reads the two again.
  if (const auto done = wa.commit(); !done) {
    CHECK(done.error().code == errc::fenced);
    CHECK(done.error().retriable);
    REQUIRE(wa.abort());
    REQUIRE(a.consumer().seek(a.consumer().assignment().front(), record_offset(0)));
    a.records.clear();
    copy(a, wa);
  }
  REQUIRE(b.read_to_end());
  if (!b.records.empty()) copy(b, wb);
  auto seen = all_of(f, out);
  std::sort(seen.begin(), seen.end());
  CHECK(seen == texts{"0a", "0b", "1a", "1b"});
  for (int p = 0; p < 2; ++p) CHECK(f.eventually([&] { return committed_of(f, group, in, p) == record_offset(2); }));
}

void transactions_misused(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-misuse"), .partitions = 1});
  transaction_probe writer(f, f.unique("tx-misuse"));
  CHECK(writer.send(t, {to(0, "outside")}).error().code == errc::conflict);
  CHECK(writer.commit().error().code == errc::conflict);
  CHECK(writer.abort().error().code == errc::conflict);
  CHECK(writer.producer().send_offsets({}, {}).error().code == errc::conflict);
  REQUIRE(writer.begin());
  CHECK(writer.begin().error().code == errc::conflict);
  REQUIRE(writer.send(t, {to(0, "inside")}));
  REQUIRE(writer.commit());
  auto plain = f.log().open_producer({});
  REQUIRE(plain);
  CHECK((*plain)->begin().error().code == errc::conflict);
  CHECK(all_of(f, t) == texts{"inside"});
  CHECK(f.log().capabilities().transactions);
}

void compaction_of_transactions(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-compact"),
                                .partitions = 1,
                                .cleanup = cleanup_policy::compact,
                                .tombstone_retention = std::chrono::milliseconds(0)});
  transaction_probe writer(f, f.unique("tx-compact")), open(f, f.unique("tx-compact-open"));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {keyed("a", "old"), keyed("b", "kept")}));
  REQUIRE(writer.commit());
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {keyed("a", "new")}));
  REQUIRE(writer.commit());
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {keyed("a", "aborted"), {"b", {}, 0, {}}}));
  REQUIRE(writer.abort());
  CHECK(f.eventually([&] { return all_of(f, t) == texts{"kept", "new"}; })); // the aborted ones replaced nothing
  REQUIRE(open.begin());
  REQUIRE(open.send(t, {keyed("a", "open")}));
  REQUIRE(open.flush());
  for (int i = 0; i < 3; ++i) CHECK(f.eventually([&] { return all_of(f, t) == texts{"kept", "new"}; }));
  REQUIRE(open.commit());
  CHECK(f.eventually([&] { return all_of(f, t) == texts{"kept", "open"}; }));
}

void closing_waits_for_transactions(log_fixture& f) {
  const auto t = make_topic(f, {.name = topic_name("tx-closes"), .partitions = 2});
  REQUIRE(f.log().declare_writer(t, "writer"));
  transaction_probe writer(f, f.unique("tx-closes"));
  log_probe reader(f, reading({t}, f.unique("tx-closes")));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {to(0, "last")}));
  REQUIRE(f.log().complete_writer(t, "writer"));
  REQUIRE(reader.own(2));
  REQUIRE(reader.read_to_end());
  CHECK(!f.log().describe_topic(t)->closed);
  CHECK(reader.count(consumer_event_kind::completed) == 0);
  CHECK(append(f, t, {to(0, "late")}).error().code == errc::closed);
  REQUIRE(writer.commit());
  CHECK(f.log().describe_topic(t)->closed);
  REQUIRE(reader.take(1));
  CHECK(f.eventually([&] {
    reader.poll();
    std::size_t done = 0;
    for (const auto& e : reader.events)
      if (e.kind == consumer_event_kind::completed) done += e.positions.size();
    return done == 2;
  }));
  CHECK(reader.values() == texts{"last"});
}

} // namespace cloudflow::testkit::topic_log_contract
