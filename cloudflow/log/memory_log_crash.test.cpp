#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/store/mortal_store.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>

using namespace cloudflow;
using namespace cloudflow::testkit;

namespace {

sent_record to(int partition, std::string value) { return {{}, std::move(value), partition, {}}; }

// A life of a log, step by step; each step answers whether it was acknowledged.
struct life {
  mortal_store store;
  std::unique_ptr<durable_log_fixture> f;
  std::unique_ptr<log::producer> writer;
  std::map<topic_name, std::unique_ptr<log::topic_writer>> writers;
  std::unique_ptr<log_probe> reader;
  const topic_name in{"in"}, out{"out"}, table{"table"}, gone{"gone"}, kept{"kept"};
  std::vector<std::function<result<void>()>> steps;
  int numbered = 0;

  explicit life(store::byte_store& below, log::memory_log_options options)
      : store(below) {
    steps.push_back([this, options]() -> result<void> {
      try {
        f = std::make_unique<durable_log_fixture>(store, options);
      } catch (const std::runtime_error& e) {
        return system_error(errc::io_error, e.what());
      }
      return {};
    });
    topics();
    traffic();
  }

  void topics() {
    for (const auto& t : {in, out, gone})
      steps.push_back(
          [this, t] { return f->log().create_topic({.name = t, .partitions = 2, .max_memory_bytes = 8192}); });
    steps.push_back([this] {
      return f->log().create_topic({.name = table, .partitions = 1, .cleanup = log::cleanup_policy::compact});
    });
    steps.push_back([this] {
      return f->log().create_topic({.name = kept, .partitions = 1, .retention_bytes = 5000, .max_memory_bytes = 8192});
    });
    steps.push_back([this] { return f->log().add_partitions(in, 3); });
    for (const auto* w : {"one", "two"}) steps.push_back([this, w] { return f->log().declare_writer(out, w); });
    steps.push_back([this] { return f->log().declare_reader(group_name("declared"), {&in, 1}); });
  }
  void send(const topic_name& t, std::vector<sent_record> records) {
    steps.push_back([this, t, records = std::move(records)]() -> result<void> {
      auto sent = append(*f, t, records);
      if (!sent) return unexpected(sent.error());
      return {};
    });
  }
  void in_transaction(const topic_name& t, std::vector<sent_record> records) {
    steps.push_back([this, t, records = std::move(records)]() -> result<void> {
      auto& w = writers[t];
      if (!w) {
        auto opened = writer->open(t);
        if (!opened) return unexpected(opened.error());
        w = std::move(*opened);
      }
      for (const auto& r : records) {
        log::outgoing_record out_record{.value = as_bytes(*r.value), .partition = partition_id(*r.partition)};
        if (r.key) out_record.key = as_bytes(*r.key);
        if (auto sent = w->send({&out_record, 1}); !sent) return sent;
      }
      return {};
    });
  }
  void traffic() {
    const std::string padding(300, '.');
    send(in, {to(0, "a"), to(1, "b"), to(2, "c"), to(0, "d")});
    send(gone, {to(0, "x"), to(1, "y")});
    for (int round = 0; round < 4; ++round) {
      const bool keep = round != 1;
      steps.push_back([this]() -> result<void> {
        writers.clear();
        writer = nullptr;
        auto opened = f->log().open_producer({.transactional_id = "id"});
        if (!opened) return unexpected(opened.error());
        writer = std::move(*opened);
        return {};
      });
      steps.push_back([this] { return writer->begin(); });
      for (int i = 0; i < 12; ++i) { // more than memory holds: some goes to the store before the commit
        in_transaction(out, {to(i % 2, "t" + std::to_string(numbered++) + padding), to(0, "u" + padding)});
        if (i % 6 == 0) send(out, {to(1, "plain" + std::to_string(numbered++))});
      }
      in_transaction(table, {{"k" + std::to_string(round % 2), std::to_string(round), 0, {}}});
      steps.push_back([this, round]() -> result<void> {
        if (!reader) reader = std::make_unique<log_probe>(*f, reading({in}, "g"));
        if (!reader->own(3)) return system_error(errc::io_error, "dead");
        const log::source_position p{{0, partition_id(round % 3)}, record_offset(1)};
        return writer->send_offsets(reader->consumer().token(), {&p, 1});
      });
      steps.push_back([this, keep] {
        result<void> outcome;
        const auto answer = [&](const result<void>& r) { outcome = r; };
        keep ? writer->commit(answer) : writer->abort(answer);
        return outcome;
      });
      send(in, {to(round % 3, "r" + std::to_string(round))});
      send(table, {{"p", std::to_string(round), 0, {}}});
      steps.push_back([this]() -> result<void> {
        f->memory->maintain();
        return {};
      });
      for (int i = 0; i < 5; ++i) send(kept, {to(0, std::to_string(round * 5 + i) + std::string(1500, '.'))});
    }
    steps.push_back([this]() -> result<void> {
      const log::source_position p{{0, partition_id(2)}, record_offset(2)};
      result<void> outcome;
      reader->consumer().commit({&p, 1}, [&](const auto& r) { outcome = r; });
      return outcome;
    });
    steps.push_back([this] { return f->log().remove_topic(gone); });
    for (const auto* w : {"one", "two"}) steps.push_back([this, w] { return f->log().complete_writer(out, w); });
  }
};

// What a user sees of a log that is opened on the store.
std::string picture(store::byte_store& store) {
  durable_log_fixture f(store);
  std::string text;
  const auto topics = f.log().topics();
  for (const auto& t : *topics) {
    const auto d = f.log().describe_topic(t);
    text += t.value() + " partitions " + std::to_string(d->spec.partitions) + (d->closed ? " closed" : "") + "\n";
    log_probe reader(f, reading({t}));
    REQUIRE(reader.read_to_end());
    std::map<std::int32_t, std::string> values;
    std::map<std::string, std::string> table;
    for (const auto& r : reader.records) {
      const auto value = r.value->substr(0, r.value->find('.'));
      values[r.source.partition.value()] += value + " ";
      if (r.key) table[*r.key] = value;
    }
    if (t.value() == "table") { // compacted or not
      for (const auto& [k, v] : table) text += "  " + k + "=" + v + "\n";
    } else if (t.value() == "kept") { // forgotten or not
      text += "  ... " + (reader.records.empty() ? "" : reader.values().back().substr(0, 3)) + "\n";
    } else {
      for (const auto& [p, v] : values) text += "  " + std::to_string(p) + ": " + v + "\n";
    }
  }
  const auto groups = f.log().groups();
  for (const auto& g : *groups) {
    text += g.value();
    const auto d = f.log().describe_group(g);
    for (const auto& p : d->progress)
      if (p.committed) text += " " + p.source.text() + "@" + std::to_string(p.committed->value());
    text += "\n";
  }
  return text;
}

// Acknowledged steps, and what is seen of the store afterwards.
std::size_t live(store::memory_store& store, std::uint64_t dies_at, bool keeps_last, std::size_t most,
                 log::memory_log_options options, std::uint64_t* changes = nullptr) {
  life l(store, options);
  if (dies_at != 0) l.store.die_at(dies_at, keeps_last);
  std::size_t done = 0;
  while (done < std::min(most, l.steps.size()) && l.steps[done]()) ++done;
  if (changes != nullptr) *changes = l.store.changes();
  l.store.die_at(1, false); // no last words
  static_cast<void>(l.store.sync());
  return done;
}

void try_every_death(log::memory_log_options options) {
  std::vector<std::string> pictures;
  std::size_t steps = 0;
  std::uint64_t changes = 0;
  {
    store::memory_store whole;
    steps = live(whole, 0, false, SIZE_MAX, options, &changes);
    store::memory_store unused;
    REQUIRE(steps == life(unused, options).steps.size());
  }
  for (std::size_t n = 0; n <= steps; ++n) {
    store::memory_store store;
    REQUIRE(live(store, 0, false, n, options) == n);
    pictures.push_back(picture(store));
  }
  REQUIRE(changes > 60);
  for (std::uint64_t at = 1; at <= changes; ++at)
    for (const bool keeps_last : {false, true}) {
      CAPTURE(at);
      CAPTURE(keeps_last);
      store::memory_store store;
      const auto done = live(store, at, keeps_last, SIZE_MAX, options);
      CAPTURE(done);
      const auto seen = picture(store);
      const bool exact = seen == pictures[done] || seen == pictures[std::min(done + 1, steps)];
      if (!exact) {
        MESSAGE(seen);
        MESSAGE(pictures[done]);
      }
      REQUIRE(exact);
      REQUIRE(picture(store) == seen); // opening changes nothing
    }
}

} // namespace

TEST_CASE("a durable log that dies at any change of its store has each step whole or not at all") {
  try_every_death({});
}

TEST_CASE("a durable log that syncs and dies at any change or sync has each step whole or not at all") {
  try_every_death({.sync = true});
}
