#include "cloudflow/engine/native/test_instance_rig.hpp"
#include "cloudflow/stream/state/value_state.hpp"

#include <doctest/doctest.h>

#include <charconv>

using namespace cloudflow;
using backend::instance_phase;
using engine::instance_rig;
using streamlet::delivery;
using strings = std::vector<std::string>;

namespace {

constexpr int partitions = 2;
constexpr int records = 30; // in each partition

bytes bytes_of(const std::string& text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// "key number": a letter that belongs to the partition, and the place in it.
strings input_of(int partition) {
  strings out;
  for (int n = 0; n < records; ++n)
    out.push_back(std::string(1, static_cast<char>('a' + partition * 2 + n % 2)) + " " + std::to_string(n));
  return out;
}
std::string key_of(const bytes& b) { return std::string(as_text(b).substr(0, 1)); }
int number_of(const bytes& b) {
  const auto text = as_text(b).substr(2);
  int out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

class repeating final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .flat_map([](const bytes& b) {
          strings three;
          for (const char* end : {"x", "y", "z"}) three.push_back(std::string(as_text(b)) + end);
          return three;
        })
        .map([](const std::string& s) { return bytes_of(s); })
        .to(ctx.sink(out_));
  }
};

struct running_total {
  stream::value_state<std::int64_t> sum{"sum"};
  auto states() { return std::tie(sum); }
  template <class Ctx> void on_element(const bytes& b, Ctx& ctx) {
    const auto* before = sum.find();
    const auto now = (before == nullptr ? 0 : *before) + number_of(b);
    sum.set(now);
    ctx.emit(bytes_of(ctx.key() + " " + std::to_string(now)));
  }
};

class totalling final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).key_by(key_of).process<bytes>(running_total()).to(ctx.sink(out_));
  }
};

class averaging final : public native::streamlet {
  inlet<bytes> in_ =
      inlet<bytes>("in").event_time([](const bytes& b) { return timestamp(std::chrono::seconds(number_of(b))); });
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(key_of)
        .window(stream::sliding(std::chrono::seconds(6), std::chrono::seconds(3)))
        .aggregate(stream::avg(number_of))
        .map([](const auto& w) {
          return bytes_of(w.key + " " + std::to_string(w.end.time_since_epoch().count()) + " " +
                          std::to_string(w.value));
        })
        .to(ctx.sink(out_));
  }
};

template <class Streamlet> struct crashing_rig : instance_rig<Streamlet> {
  explicit crashing_rig(delivery how, std::chrono::milliseconds interval = std::chrono::milliseconds(0))
      : instance_rig<Streamlet>(partitions) {
    this->what.settings.delivery = how;
    this->what.settings.commit_interval = interval;
  }
  // Records of each partition up to a place; the input comes in pieces, so that state is carried from life to life.
  void feed(int up_to) {
    for (int p = 0; p < partitions; ++p) {
      const auto all = input_of(p);
      this->write("in", p, strings(all.begin() + fed_, all.begin() + up_to));
    }
    fed_ = up_to;
    if (up_to == records) this->close("in");
  }
  // As kill -9: nothing is committed any more, not even what is done.
  void crash() {
    std::int64_t before[partitions];
    for (int p = 0; p < partitions; ++p) before[p] = std::max<std::int64_t>(this->committed("in", p), 0);
    this->stop();
    for (int p = 0; p < partitions; ++p)
      if (this->committed("in", p) >= 0)
        REQUIRE(this->memory.reset_group(group_name("test.it.in"), {topic_name("in"), partition_id(p)},
                                         record_offset(before[p])));
  }
  // Lives of so many turns, each ended by a crash, then one to the end; what was written, as `read_committed` sees it.
  strings outputs(int turns, int lives) {
    for (const int all = lives + 1; lives > 0; --lives) {
      feed(records * (all - lives) / all);
      this->begin();
      for (int i = 0; i < turns; ++i) this->runtime.step();
      crash();
    }
    feed(records);
    this->begin();
    this->runtime.advance(std::chrono::minutes(1));
    CHECK(this->running->phase() == instance_phase::completed);
    auto out = this->values("out");
    std::sort(out.begin(), out.end());
    return out;
  }

private:
  int fed_ = 0;
};

template <class Streamlet> strings undisturbed() {
  return crashing_rig<Streamlet>(delivery::exactly_once).outputs(0, 0);
}

// Crashes after every number of turns there is; how often the outputs were others than those of an undisturbed run.
template <class Streamlet> int violations(delivery how) {
  const auto wanted = undisturbed<Streamlet>();
  CHECK(wanted.size() > 20);
  int found = 0;
  for (int turns = 1; turns <= 60; ++turns)
    for (const int lives : {1, 3}) {
      CAPTURE(turns);
      CAPTURE(lives);
      const auto seen = crashing_rig<Streamlet>(how).outputs(turns, lives);
      if (how == delivery::exactly_once)
        CHECK(seen == wanted);
      else
        CHECK(std::includes(seen.begin(), seen.end(), wanted.begin(), wanted.end()));
      found += seen != wanted ? 1 : 0;
    }
  return found;
}

} // namespace

TEST_CASE("exactly once, a stateless streamlet that crashes at any turn writes what an undisturbed one does") {
  CHECK(violations<repeating>(delivery::exactly_once) == 0);
}

TEST_CASE("at least once, the same crashes show repeats and lose nothing") {
  CHECK(violations<repeating>(delivery::at_least_once) > 0);
}

TEST_CASE("exactly once, keyed state survives a crash at any turn and counts each record once") {
  CHECK(violations<totalling>(delivery::exactly_once) == 0);
}

TEST_CASE("exactly once, windows survive a crash at any turn, each is written once and whole") {
  CHECK(violations<averaging>(delivery::exactly_once) == 0);
}

TEST_CASE("at least once, durable state goes on from the last commit") {
  crashing_rig<totalling> rig(delivery::at_least_once);
  const auto all = rig.outputs(25, 2);
  for (const auto& each : undisturbed<totalling>()) CHECK_MESSAGE(std::count(all.begin(), all.end(), each) > 0, each);
}

TEST_CASE("a streamlet that another took the place of is fenced, and nothing of it counts") {
  instance_rig<totalling> rig;
  rig.what.settings.delivery = delivery::exactly_once;
  rig.start();
  rig.write("in", 0, {"a 1"});
  rig.runtime.settle();
  rig.write("in", 0, {"a 2"});
  rig.runtime.settle(); // it has sent, not committed: the interval since the last commit is not over
  CHECK(rig.values("out") == strings{"a 1"});
  rig.begin(); // another, with the same slot, while the first still runs
  rig.runtime.advance(std::chrono::seconds(1));
  REQUIRE(rig.undead.size() == 1);
  CHECK(rig.undead.front()->phase() == instance_phase::failed);
  const auto why = rig.undead.front()->failure()->text;
  CHECK_MESSAGE(why.find("newer producer") != std::string::npos, why);
  rig.runtime.advance(std::chrono::seconds(30));
  CHECK(rig.values("out") == strings{"a 1", "a 3"});
  CHECK(rig.committed("in") == 2);
}

TEST_CASE("exactly once, a lone record passes at once, the next waits for the interval, and an idle streamlet sleeps") {
  instance_rig<totalling> rig;
  rig.what.settings.delivery = delivery::exactly_once;
  rig.start();
  rig.runtime.advance(std::chrono::seconds(5));
  CHECK(rig.runtime.timers() == 0);
  rig.write("in", 0, {"a 1"});
  rig.runtime.settle();
  CHECK(rig.values("out") == strings{"a 1"});
  CHECK(rig.committed("in") == 1);
  rig.write("in", 0, {"a 2"});
  rig.runtime.advance(std::chrono::milliseconds(99));
  CHECK(rig.values("out") == strings{"a 1"});
  CHECK(rig.committed("in") == 1);
  rig.runtime.advance(std::chrono::milliseconds(2));
  CHECK(rig.values("out") == strings{"a 1", "a 3"});
  CHECK(rig.committed("in") == 2);
  rig.runtime.advance(std::chrono::seconds(2));
  CHECK(rig.runtime.timers() == 0);
  const auto end = rig.memory.offsets({topic_name("out"), partition_id(0)})->next;
  rig.runtime.advance(std::chrono::minutes(10));
  CHECK(rig.memory.offsets({topic_name("out"), partition_id(0)})->next == end); // no empty transactions
}

TEST_CASE("exactly once, there is no more than one commit an interval, however records come") {
  instance_rig<repeating> rig;
  rig.what.settings.delivery = delivery::exactly_once;
  rig.start();
  for (int n = 0; n < 1000; ++n) {
    rig.write("in", 0, {"a " + std::to_string(n)});
    rig.runtime.advance(std::chrono::milliseconds(1));
  }
  rig.runtime.advance(std::chrono::seconds(1));
  CHECK(rig.values("out").size() == 3000);
  const auto next = rig.memory.offsets({topic_name("out"), partition_id(0)})->next.value();
  const auto commits = next - 3000; // each leaves a mark
  CHECK(commits >= 8);
  CHECK(commits <= 11);
}

TEST_CASE("exactly once, a drain commits what was read, keeps open windows, and the next run goes on") {
  const auto wanted = undisturbed<averaging>();
  for (int turns = 1; turns <= 40; ++turns) {
    CAPTURE(turns);
    crashing_rig<averaging> rig(delivery::exactly_once, std::chrono::milliseconds(100));
    rig.feed(records / 2);
    rig.begin();
    for (int i = 0; i < turns; ++i) rig.runtime.step();
    rig.running->drain();
    rig.runtime.settle(); // no commit interval has passed
    CHECK(rig.running->phase() == instance_phase::drained);
    rig.stop();
    CHECK(rig.outputs(0, 0) == wanted);
  }
}
