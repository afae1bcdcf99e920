#include "cloudflow/base/random.hpp"
#include "cloudflow/testkit/log/memory_log_fixture.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <set>
#include <thread>

using namespace cloudflow;
using namespace cloudflow::testkit;
using log::consumer_event_kind;

namespace {

constexpr std::int32_t partitions = 6;

// One member and what it must be given next, by what the port promises.
struct walker {
  std::unique_ptr<log::consumer> consumer;
  std::map<std::int32_t, std::int64_t> next; // of the partitions it owns
  std::vector<log::source_partition> to_release;
};

// Members come, go and crash in random order while records are appended; the model knows who may have what.
class walk {
  memory_log_fixture f_;
  seeded_random random_;
  topic_name topic_;
  std::vector<std::unique_ptr<walker>> members_;
  std::map<std::int32_t, std::int64_t> committed_, appended_;
  std::map<std::int32_t, const walker*> owner_;
  std::set<std::pair<std::int32_t, std::int64_t>> seen_;

  void join() {
    auto m = std::make_unique<walker>();
    auto opened = f_.log().open_consumer(reading({topic_}, "g"));
    REQUIRE(opened);
    m->consumer = std::move(*opened);
    members_.push_back(std::move(m));
  }
  void poll(walker& m) {
    log::polled got;
    REQUIRE(m.consumer->poll({.max_records = 1 + random_.below(20), .max_bytes = 1 << 20}, got));
    for (const auto& r : got.records) { // of partitions owned before this poll, without a gap
      const auto p = r.source.partition.value();
      REQUIRE(owner_[p] == &m);
      REQUIRE(r.offset.value() == m.next.at(p));
      ++m.next[p];
      seen_.emplace(p, r.offset.value());
    }
    for (const auto& e : got.events)
      for (const auto& at : e.positions) {
        const auto p = at.source.partition.value();
        if (e.kind == consumer_event_kind::assigned) {
          REQUIRE(owner_[p] == nullptr);
          REQUIRE(at.next.value() == committed_[p]); // starts behind the committed one: nothing is skipped
          owner_[p] = &m;
          m.next[p] = at.next.value();
        } else if (e.kind == consumer_event_kind::revoking) {
          m.to_release.push_back(at.source);
        }
      }
  }
  void commit(walker& m, bool all) {
    std::vector<log::source_position> positions;
    for (const auto& [p, next] : m.next)
      if (all || random_.below(2) == 0) {
        positions.push_back({{0, partition_id(p)}, record_offset(next)});
        committed_[p] = next;
      }
    m.consumer->commit(positions, [](const auto& done) { REQUIRE(done); });
  }
  void release(walker& m) {
    if (random_.below(2) == 0) commit(m, true);
    for (const auto& s : m.to_release) {
      owner_[s.partition.value()] = nullptr;
      m.next.erase(s.partition.value());
    }
    REQUIRE(m.consumer->release(m.to_release));
    m.to_release.clear();
  }
  void leave(std::size_t i) {
    auto& m = *members_[i];
    for (const auto& [p, next] : m.next) owner_[p] = nullptr;
    const auto how = random_.below(3);
    if (how == 0) commit(m, true);
    if (how != 2) REQUIRE(m.consumer->close()); // else: a crash
    members_.erase(members_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  void append() {
    std::vector<sent_record> records;
    for (auto n = 1 + random_.below(10); n > 0; --n) {
      const auto p = static_cast<std::int32_t>(random_.below(partitions));
      records.push_back({{}, "v", p, {}});
      ++appended_[p];
    }
    REQUIRE(testkit::append(f_, topic_, records));
  }

public:
  explicit walk(std::uint64_t seed)
      : random_(seed)
      , topic_(make_topic(f_, {.name = topic_name("t"), .partitions = partitions})) {}

  void run() {
    for (int step = 0; step < 300; ++step) {
      const auto what = random_.below(20);
      if (members_.empty() || (what == 0 && members_.size() < 8)) {
        join();
        continue;
      }
      const auto i = random_.below(members_.size());
      auto& m = *members_[i];
      if (what == 1)
        leave(i);
      else if (what < 6)
        append();
      else if (what < 9)
        commit(m, false);
      else if (what < 11)
        release(m);
      else
        poll(m);
    }
    // All but one go; that one reads the rest.
    while (members_.size() > 1) leave(0);
    if (members_.empty()) join();
    for (int i = 0; i < 10'000 && !done(); ++i) {
      poll(*members_[0]);
      if (!members_[0]->to_release.empty()) release(*members_[0]);
    }
    for (const auto& [p, count] : appended_)
      for (std::int64_t offset = 0; offset < count; ++offset) REQUIRE(seen_.contains({p, offset}));
    CHECK(members_[0]->consumer->assignment().size() == partitions);
  }
  bool done() {
    const auto& next = members_[0]->next;
    for (const auto& [p, count] : appended_)
      if (!next.contains(p) || next.at(p) != count) return false;
    return next.size() == partitions;
  }
};

} // namespace

TEST_CASE("a group skips no record and never gives a partition to two, over random comings and goings") {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    walk(seed).run();
  }
}

TEST_CASE("a group that shrinks in mid rebalance gives the partition back to its old owner") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"), .partitions = 2});
  log_probe a(f, reading({t}, "g"));
  REQUIRE(a.own(2));
  a.releases = false;
  {
    log_probe b(f, reading({t}, "g"));
    for (int i = 0; i < 3; ++i) {
      a.poll();
      b.poll();
    }
  } // b crashes before a has released
  REQUIRE(a.count(consumer_event_kind::revoking) == 1);
  a.releases = true;
  const auto revoked = a.consumer().assignment();
  for (const auto s : revoked) static_cast<void>(a.consumer().release({&s, 1})); // the one that was asked for
  REQUIRE(a.own(2));
  append_numbers(f, t, 3);
  REQUIRE(a.take(3));
}

TEST_CASE("threads that write, read, join and leave lose nothing and repeat nothing that was committed") {
  memory_log_fixture f;
  const auto t = make_topic(f, {.name = topic_name("t"),
                                .partitions = 4,
                                .cleanup = log::cleanup_policy::consumed,
                                .max_memory_bytes = 64 << 10});
  REQUIRE(f.log().declare_reader(group_name("g"), {&t, 1}));
  constexpr int writers = 3, readers = 3, each = 4'000;
  for (int w = 0; w < writers; ++w) REQUIRE(f.log().declare_writer(t, "writer-" + std::to_string(w)));
  std::vector<std::atomic<int>> seen(writers * each);
  std::atomic<int> total = 0, failures = 0;

  const auto write = [&](int w) {
    auto producer = f.log().open_producer({});
    auto writer = (*producer)->open(t);
    for (int i = 0; i < each; i += 20) {
      std::vector<std::string> texts;
      for (int k = i; k < i + 20; ++k) texts.push_back(std::to_string(w * each + k));
      std::vector<log::outgoing_record> records;
      for (const auto& text : texts) records.push_back({.key = as_bytes(text), .value = as_bytes(text)});
      if (!(*writer)->send(records)) ++failures;
    }
    if (!f.log().complete_writer(t, "writer-" + std::to_string(w))) ++failures;
  };
  std::atomic<int> news = 0;
  const auto wake = [&] {
    ++news;
    news.notify_all();
  };
  // A member reads until the group has everything, or for a while if it is a guest.
  const auto read = [&](int polls) {
    auto options = reading({t}, "g");
    options.on_available = wake;
    auto opened = f.log().open_consumer(options);
    if (!opened) {
      ++failures;
      return;
    }
    auto& consumer = **opened;
    log::polled got;
    const auto commit = [&] {
      std::vector<log::source_position> positions;
      for (const auto s : consumer.assignment()) positions.push_back({s, *consumer.position(s)});
      consumer.commit(positions, [&](const auto& done) { failures += done ? 0 : 1; });
    };
    for (int n = 0; polls == 0 || n < polls; ++n) {
      const int before = news;
      if (total == writers * each) break;
      if (!consumer.poll({.max_records = 100, .max_bytes = 1 << 20}, got)) ++failures;
      for (const auto& r : got.records) {
        ++seen[static_cast<std::size_t>(std::stoi(std::string(as_text(*r.value))))];
        ++total;
      }
      commit();
      for (const auto& e : got.events) {
        if (e.kind != consumer_event_kind::revoking) continue;
        std::vector<log::source_partition> back;
        for (const auto& p : e.positions) back.push_back(p.source);
        if (!consumer.release(back)) ++failures;
      }
      if (total == writers * each) wake(); // those who wait have nothing to wait for
      if (polls == 0 && !got.more && got.records.empty() && got.events.empty()) news.wait(before);
    }
    commit();
    if (!consumer.close()) ++failures;
  };
  {
    std::vector<std::jthread> threads;
    for (int r = 0; r < readers; ++r) threads.emplace_back([&] { read(0); });
    for (int w = 0; w < writers; ++w) threads.emplace_back([&, w] { write(w); });
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) read(15);
    });
    threads.emplace_back([&] {
      auto watch = f.log().watch_backlog({{t, group_name("g")}}, 10'000, [] {});
      for (int i = 0; i < 200; ++i) {
        static_cast<void>((*watch)->exceeded());
        static_cast<void>(f.log().describe_group(group_name("g")));
        f.memory.maintain();
      }
    });
  }
  CHECK(failures == 0);
  int missing = 0, repeated = 0;
  for (const auto& n : seen) {
    missing += n == 0 ? 1 : 0;
    repeated += n > 1 ? 1 : 0;
  }
  CHECK(missing == 0);
  CHECK(repeated == 0); // each member commits all it has read before it releases or leaves
}
