#include "cloudflow/base/random.hpp"
#include "cloudflow/testkit/log/memory_log_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

using namespace cloudflow;
using namespace cloudflow::testkit;
using log::consumer_event_kind;

namespace {

constexpr std::int32_t partitions = 3;

// Copies `in` to `out`, partition by partition, and keeps a count per partition in a compacted table; all in
// transactions with its positions, as a task of the engine does.
struct worker {
  std::unique_ptr<log_probe> reader;
  std::unique_ptr<transaction_probe> writer;
  std::string id;
  bool open = false;
  std::map<std::int32_t, std::int64_t> next; // of each partition: behind the last record in the open transaction
  std::vector<log::source_partition> to_release;
};

// Workers come, hang, crash and lose partitions in random order; what is committed must be each record once, in order,
// and at each moment the table and the positions must say the same as the records.
class walk {
  log_fixture& f_;
  const std::function<void()> restart_; // none: it does not survive one
  seeded_random random_;
  topic_name in_, out_, table_;
  std::vector<std::unique_ptr<worker>> workers_, zombies_;
  std::int64_t appended_[partitions] = {};
  int slots_ = 0;

  void open_writer(worker& w) {
    w.writer.reset();
    w.writer = std::make_unique<transaction_probe>(f_, w.id);
    w.open = false;
  }
  void join() {
    auto w = std::make_unique<worker>();
    w->id = "copy-" + std::to_string(random_.below(3) != 0 || slots_ == 0 ? slots_++ : 0); // at times that of a zombie
    for (const auto& other : workers_)
      if (other->id == w->id) w->id = "copy-" + std::to_string(slots_++);
    auto* raw = w.get();
    w->reader = std::make_unique<log_probe>(f_, reading({in_}, "g"));
    w->reader->releases = false;
    w->reader->on_revoking = [raw](const auto& e) {
      for (const auto& p : e.positions) raw->to_release.push_back(p.source);
    };
    open_writer(*w);
    workers_.push_back(std::move(w));
  }
  void append() {
    std::vector<sent_record> records;
    for (auto n = 1 + random_.below(10); n > 0; --n) {
      const auto p = static_cast<std::int32_t>(random_.below(partitions));
      records.push_back({{}, std::to_string(appended_[p]++) + std::string(random_.below(200), '.'), p, {}});
    }
    REQUIRE(testkit::append(f_, in_, records));
  }
  // Back to what is committed.
  void rewind(worker& w) {
    w.open = false;
    w.next.clear();
    for (const auto s : w.reader->consumer().assignment()) {
      const auto at = w.reader->consumer().committed(s);
      REQUIRE(at);
      REQUIRE(w.reader->consumer().seek(s, at->value_or(record_offset(0))));
    }
  }
  void copy(worker& w) {
    w.reader->records.clear();
    w.reader->poll({.max_records = 1 + random_.below(15), .max_bytes = 1 << 20});
    REQUIRE(!w.reader->failure);
    if (w.reader->records.empty()) return;
    if (!w.open && !w.writer->begin()) { // it was fenced
      open_writer(w);
      return rewind(w);
    }
    w.open = true;
    for (const auto& r : w.reader->records) {
      const auto p = r.source.partition.value();
      const auto sent = w.writer->send(out_, {{{}, r.value, p, {}}});
      const auto counted = w.writer->send(table_, {{std::to_string(p), std::to_string(r.offset + 1), 0, {}}});
      if (!sent || !counted) { // it timed out
        open_writer(w);
        return rewind(w);
      }
      w.next[p] = r.offset + 1;
    }
  }
  static result<void> end(worker& w) {
    std::vector<log::source_position> positions;
    for (const auto& [p, next] : w.next) positions.push_back({{0, partition_id(p)}, record_offset(next)});
    if (auto added = w.writer->producer().send_offsets(w.reader->consumer().token(), positions); !added) return added;
    return w.writer->commit();
  }
  void commit(worker& w) {
    if (!w.open) return;
    if (const auto done = end(w); done) {
      w.open = false;
      w.next.clear();
    } else {
      REQUIRE(done.error().code == errc::fenced);
      if (!done.error().retriable)
        open_writer(w);
      else
        REQUIRE(w.writer->abort());
      rewind(w);
    }
  }
  void release(worker& w) {
    if (w.to_release.empty()) return;
    if (w.open && random_.below(3) == 0) {
      if (w.writer->abort()) rewind(w); // else it was fenced: the next copy finds out
    } else {
      commit(w);
    }
    if (w.open) return;
    REQUIRE(w.reader->consumer().release(w.to_release));
    w.to_release.clear();
  }
  void abort(worker& w) {
    if (!w.open) return;
    if (!w.writer->abort()) open_writer(w);
    rewind(w);
  }
  void leave(std::size_t i) {
    auto w = std::move(workers_[i]);
    workers_.erase(workers_.begin() + static_cast<std::ptrdiff_t>(i));
    switch (random_.below(3)) {
    case 0: commit(*w); break;
    case 1: break; // dies
    default:       // seems dead: the group gives its partitions away, its producer comes back later
      REQUIRE(w->reader->consumer().close());
      if (w->open) zombies_.push_back(std::move(w));
    }
  }
  void haunt() {
    for (auto& z : zombies_) {
      static_cast<void>(z->writer->send(out_, {{{}, "of a zombie", 0, {}}}));
      REQUIRE(!end(*z));
    }
    zombies_.clear();
  }
  // All die at once; what was open is gone.
  void restart() {
    zombies_.clear();
    workers_.clear();
    restart_();
  }
  void check() {
    const auto g = f_.log().describe_group(group_name("g"));
    std::map<std::int32_t, std::int64_t> committed;
    if (g)
      for (const auto& p : g->progress)
        if (p.committed) committed[p.source.partition.value()] = p.committed->value();
    log_probe out(f_, reading({out_})), table(f_, reading({table_}));
    REQUIRE(out.read_to_end());
    REQUIRE(table.read_to_end());
    std::map<std::int32_t, std::int64_t> copied, counted;
    for (const auto& r : out.records) {
      auto& n = copied[r.source.partition.value()];
      const auto text = r.value->substr(0, r.value->find('.'));
      REQUIRE(text == std::to_string(n)); // each once, in order
      ++n;
    }
    for (const auto& r : table.records) counted[std::stoi(*r.key)] = std::stoi(*r.value);
    const auto stable = [&](const topic_name& t, int p) {
      const auto o = f_.log().offsets({t, partition_id(p)});
      return o->last_stable == o->next;
    };
    for (std::int32_t p = 0; p < partitions; ++p) { // where no open transaction holds something back
      if (stable(out_, p)) REQUIRE(copied[p] == committed[p]);
      if (stable(table_, 0)) REQUIRE(counted[p] == committed[p]);
    }
  }

public:
  walk(log_fixture& f, std::uint64_t seed, std::function<void()> restart = {})
      : f_(f)
      , restart_(std::move(restart))
      , random_(seed)
      , in_(make_topic(f_, {.name = topic_name("in"), .partitions = partitions}))
      , out_(make_topic(f_, {.name = topic_name("out"), .partitions = partitions, .max_memory_bytes = 32 << 10}))
      , table_(
            make_topic(f_, {.name = topic_name("table"), .partitions = 1, .cleanup = log::cleanup_policy::compact})) {}

  void run() {
    for (int step = 0; step < 400; ++step) {
      const auto what = random_.below(40);
      if (workers_.empty() || (what < 2 && workers_.size() < 4)) {
        join();
        continue;
      }
      const auto i = random_.below(workers_.size());
      auto& w = *workers_[i];
      if (what < 3)
        leave(i);
      else if (what == 3)
        f_.pass(std::chrono::seconds(11)); // all open transactions time out
      else if (what == 4)
        haunt();
      else if (what == 5)
        f_.pass(std::chrono::milliseconds(0));
      else if (what == 6 && restart_)
        restart();
      else if (what < 10)
        append();
      else if (what < 16)
        commit(w);
      else if (what < 18)
        abort(w);
      else if (what < 22)
        release(w);
      else
        copy(w);
      if (step % 10 == 0) check();
    }
    haunt();
    while (!workers_.empty()) leave(0);
    haunt();
    f_.pass(std::chrono::seconds(11));
    join();
    auto& last = *workers_.front();
    for (int i = 0; i < 10'000; ++i) {
      copy(last);
      commit(last);
      std::int64_t behind = 0;
      for (const auto s : last.reader->consumer().assignment())
        behind += static_cast<std::int64_t>(*last.reader->consumer().lag(s));
      if (last.reader->consumer().assignment().size() == partitions && behind == 0) break;
    }
    check();
    log_probe out(f_, reading({out_}));
    REQUIRE(out.read_to_end());
    std::int64_t all = 0;
    for (const auto n : appended_) all += n;
    CHECK(static_cast<std::int64_t>(out.records.size()) == all);
  }
};

} // namespace

TEST_CASE("transactions copy each record once, over random commits, aborts, crashes, zombies and rebalances") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    memory_log_fixture f;
    walk(f, seed).run();
  }
}

TEST_CASE("transactions on a durable log copy each record once, over the same and restarts") {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    store::memory_store store;
    durable_log_fixture f(store);
    walk(f, seed, [&] { f.restart(); }).run();
  }
}

TEST_CASE("a reader is woken when a transaction that took too long is found by somebody else") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1});
  transaction_probe hanging(f, "hanging"), other(f, "other");
  REQUIRE(hanging.begin());
  REQUIRE(hanging.send(t, {{{}, "x", 0, {}}}));
  REQUIRE(append(f, t, {{{}, "y", 0, {}}}));
  int woken = 0;
  auto options = reading({t}, "g");
  options.on_available = [&] { ++woken; };
  log_probe reader(f, options);
  REQUIRE(reader.own(1));
  REQUIRE(reader.read_to_end());
  reader.poll();
  const int before = woken;
  f.clock.advance(std::chrono::seconds(11));
  REQUIRE(other.begin());
  CHECK(woken == before + 1);
  reader.poll();
  CHECK(reader.values() == std::vector<std::string>{"y"});
}

TEST_CASE("records of an open transaction go to the store and come back, committed or aborted") {
  for (const bool keep : {true, false}) {
    memory_log_fixture f;
    const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1, .max_memory_bytes = 64 << 10});
    transaction_probe writer(f, "w");
    REQUIRE(writer.begin());
    const std::string padding(500, 'x');
    for (int i = 0; i < 1000; ++i) REQUIRE(writer.send(t, {{{}, std::to_string(i) + padding, 0, {}}}));
    REQUIRE(append(f, t, {{{}, "last", 0, {}}}));
    CHECK(f.spilled.size() > 20);
    CHECK((keep ? writer.commit() : writer.abort()));
    log_probe reader(f, reading({t}));
    REQUIRE(reader.read_to_end());
    CHECK(reader.records.size() == (keep ? 1001 : 1));
    CHECK(reader.values().back() == "last");
  }
}

TEST_CASE("a transaction can go on when its topic has been removed") {
  memory_log_fixture f;
  const auto kept = make_topic(f, {.name = topic_name("kept"), .partitions = 1});
  const auto gone = make_topic(f, {.name = topic_name("gone"), .partitions = 1});
  transaction_probe writer(f, "w");
  REQUIRE(writer.begin());
  REQUIRE(writer.send(kept, {{{}, "a", 0, {}}}));
  REQUIRE(writer.send(gone, {{{}, "b", 0, {}}}));
  REQUIRE(f.log().remove_topic(gone));
  CHECK(writer.send(gone, {{{}, "c", 0, {}}}).error().code == errc::not_found);
  REQUIRE(writer.commit());
  log_probe reader(f, reading({kept}));
  REQUIRE(reader.take(1));
}

TEST_CASE("a reader that stands in a compacted segment learns of an abort that comes after the compaction") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 1, .cleanup = log::cleanup_policy::compact});
  transaction_probe writer(f, "w");
  REQUIRE(append(f, t, {{"a", "1", 0, {}}, {"b", "1", 0, {}}}));
  REQUIRE(writer.begin());
  REQUIRE(writer.send(t, {{"a", "aborted", 0, {}}}));
  log_probe reader(f, reading({t}));
  REQUIRE(reader.take(2));
  f.memory.maintain();
  REQUIRE(writer.abort());
  REQUIRE(append(f, t, {{"c", "1", 0, {}}}));
  REQUIRE(reader.take(1));
  CHECK(reader.values() == std::vector<std::string>{"1", "1", "1"});
}

TEST_CASE("threads that copy in transactions, time out, look on and clean up lose nothing and repeat nothing") {
  for (const bool durable : {false, true}) {
    CAPTURE(durable);
    store::memory_store store;
    hand_clock clock;
    auto opened = log::memory_log::open(clock, {.spill = &store, .durable = durable ? &store : nullptr});
    REQUIRE(opened);
    auto& log = **opened;
    const topic_name in("in"), out("out");
    constexpr int copiers = 3, each = 3'000;
    for (const auto& t : {in, out})
      REQUIRE(log.create_topic({.name = t, .partitions = copiers, .max_memory_bytes = 64 << 10}));
    std::atomic<int> copied = 0, failures = 0;
    const auto write = [&] {
      auto producer = log.open_producer({});
      auto writer = (*producer)->open(in);
      for (int i = 0; i < each; ++i) {
        const auto text = std::to_string(i);
        std::vector<log::outgoing_record> records;
        for (int p = 0; p < copiers; ++p) records.push_back({.value = as_bytes(text), .partition = partition_id(p)});
        if (!(*writer)->send(records)) ++failures;
      }
    };
    // One per partition; its producer is fenced now and then, by a newer one or because time has passed.
    const auto copy = [&](int slot) {
      seeded_random random(static_cast<std::uint64_t>(slot) + 1);
      log::polled got;
      for (int done = 0; done < each;) {
        const auto group = group_name("copy-" + std::to_string(slot));
        auto reader = log.open_consumer({.topics = {in}, .group = group});
        auto producer = log.open_producer({.transactional_id = "copy-" + std::to_string(slot)});
        auto writer = (*producer)->open(out);
        for (bool good = true; good && done < each;) {
          good = (*reader)->poll({.max_records = 50 + random.below(100)}, got).has_value() && (*producer)->begin();
          std::vector<log::source_position> positions;
          int mine = 0;
          for (const auto& r : got.records) {
            if (r.source.partition != partition_id(slot)) continue;
            const log::outgoing_record o{.value = r.value, .partition = r.source.partition};
            good = good && (*writer)->send({&o, 1});
            ++mine;
          }
          for (const auto s : (*reader)->assignment()) positions.push_back({s, *(*reader)->position(s)});
          good = good && (*producer)->send_offsets((*reader)->token(), positions);
          if (good) (*producer)->commit([&](const auto& r) { good = r.has_value(); });
          if (!good) break;
          done += mine;
          copied += mine;
        }
      }
    };
    {
      std::vector<std::jthread> threads;
      threads.emplace_back(write);
      for (int c = 0; c < copiers; ++c) threads.emplace_back([&, c] { copy(c); });
      threads.emplace_back([&] {
        auto look = log.open_consumer({.topics = {out}, .membership = log::membership::all_partitions});
        log::polled got;
        for (int n = 0; copied < copiers * each; ++n) {
          if (!(*look)->poll({}, got)) ++failures;
          static_cast<void>(log.describe_group(group_name("copy-0")));
          static_cast<void>(log.describe_topic(out));
          if (n % 50 == 0) clock.advance(std::chrono::seconds(3));
          if (n % 10 == 0) log.maintain();
        }
      });
    }
    CHECK(failures == 0);
    auto look = log.open_consumer({.topics = {out}, .membership = log::membership::all_partitions});
    log::polled got;
    std::map<std::int32_t, int> next;
    for (int idle = 0; idle < 3;) {
      REQUIRE((*look)->poll({}, got));
      idle = got.records.empty() && !got.more ? idle + 1 : 0;
      for (const auto& r : got.records)
        REQUIRE(as_text(*r.value) == std::to_string(next[r.source.partition.value()]++));
    }
    for (int p = 0; p < copiers; ++p) CHECK(next[p] == each);
  }
}
