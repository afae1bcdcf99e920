#include "cloudflow/base/hash.hpp"
#include "cloudflow/engine/native/test_instance_rig.hpp"
#include "schema_testdata/reading.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using acme::sensors::reading;
using backend::instance_phase;
using engine::instance_rig;
using strings = std::vector<std::string>;

namespace {

constexpr auto commit_interval = std::chrono::milliseconds(200);

class by_first_letter final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out", partition_by<bytes>([](const bytes& b) { return std::string(as_text(b).substr(0, 1)); })};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override { return ctx.source(in_).to(ctx.sink(out_)); }
};

class refusing_poison final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").on_error(cloudflow::streamlet::error_policy::fail);
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](bytes b) {
          if (as_text(b) == "poison") throw std::runtime_error("it tastes bitter");
          return b;
        })
        .to(ctx.sink(out_));
  }
};

class rides_and_fares final : public native::streamlet {
  inlet<bytes> rides_{"rides"};
  inlet<bytes> fares_{"fares"};

public:
  streamlet_shape shape() const override { return shape_of(rides_, fares_).co_partitioned(rides_, fares_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto at = std::to_string(ctx.task().value()) + " ";
    const auto say = [at](const bytes& b) { return at + std::string(as_text(b)); };
    return stream::together(ctx.source(rides_).map(say).to(ctx.console_sink()),
                            ctx.source(fares_).map(say).to(ctx.console_sink()));
  }
};

class told_rules final : public native::streamlet {
  inlet<bytes> in_{"in"};
  inlet<bytes> rules_ = inlet<bytes>("rules").with_unique_group();

public:
  streamlet_shape shape() const override { return shape_of(in_, rules_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto at = std::to_string(ctx.task().value()) + " ";
    const auto say = [at](const bytes& b) { return at + std::string(as_text(b)); };
    return stream::together(ctx.source(in_).map(say).to(ctx.console_sink()),
                            ctx.source(rules_).map(say).to(ctx.console_sink()));
  }
};

class only_rules final : public native::streamlet {
  inlet<bytes> rules_ = inlet<bytes>("rules").with_unique_group();

public:
  streamlet_shape shape() const override { return shape_of(rules_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(rules_).map([](const bytes& b) { return std::string(as_text(b)); }).to(ctx.console_sink());
  }
};

class skipping final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").on_error(cloudflow::streamlet::error_policy::skip);

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map([](const reading& r) { return r.src; }).to(ctx.console_sink());
  }
};

// Mends records that say "mend", leaves out the others.
class mending final : public native::streamlet {
  inlet<reading> in_ =
      inlet<reading>("in").on_error([](const cloudflow::streamlet::bad_record& bad) -> std::optional<reading> {
        if (as_text(bad.value) != "mend") return std::nullopt;
        return reading{"mended at " + std::to_string(bad.offset.value()), timestamp{}, "oil", 0};
      });

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map([](const reading& r) { return r.src; }).to(ctx.console_sink());
  }
};

std::string encoded(const std::string& src) {
  bytes out;
  schema::codec<reading>::encode(reading{src, timestamp{}, "oil", 1.0}, out);
  return std::string(as_text(out));
}

// A slow reader: takes records only while the test holds it open.
struct valve {
  bool open = false;
  std::vector<std::string> taken;
  stream::waker wake;
};
valve* the_valve = nullptr; // of the running test case

class valve_port final : public stream::sink_port<bytes> {
public:
  std::string name() const override { return "valve"; }
  std::size_t room() override { return the_valve->open ? 256 : 0; }
  void push(stream::batch<bytes>& elements) override {
    for (const auto& e : elements.values) the_valve->taken.emplace_back(as_text(e));
    for (auto& run : elements.runs) run.token.acknowledge();
  }
  bool arm(const stream::waker& wake) override {
    the_valve->wake = wake;
    return the_valve->open;
  }
  void end(const stream::ending&) override {}
  bool ended() override { return true; }
};

class slow final : public native::streamlet {
  inlet<bytes> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).to(stream::sink(std::unique_ptr<stream::sink_port<bytes>>(std::make_unique<valve_port>())));
  }
};

class odd_only final : public native::streamlet {
  inlet<bytes> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](const bytes& b) { return std::string(as_text(b)); })
        .filter([](const std::string& s) { return s.back() % 2 == 1; })
        .to(ctx.console_sink());
  }
};

strings sorted(strings all) {
  std::sort(all.begin(), all.end());
  return all;
}

// Lines of a console that gets several at a time.
strings lines_of(const strings& writes) {
  strings out;
  for (const auto& text : writes)
    for (std::size_t at = 0; at < text.size();) {
      const auto end = text.find('\n', at);
      out.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  return out;
}

} // namespace

TEST_CASE("a partitioner's key decides the partition as murmur2 says") {
  instance_rig<by_first_letter> rig(3);
  rig.start();
  strings values;
  for (int n = 0; n < 52; ++n) values.push_back(std::string(1, static_cast<char>('a' + n % 26)) + std::to_string(n));
  rig.write("in", 0, values);
  rig.runtime.settle();
  std::size_t seen = 0;
  for (int p = 0; p < 3; ++p) {
    log::consumer_options options;
    options.topics = {topic_name("out")};
    options.membership = log::membership::chosen;
    options.partitions = {partition_id(p)};
    const auto reader = rig.memory.open_consumer(std::move(options));
    log::polled polled;
    while ((*reader)->poll({}, polled) && (!polled.records.empty() || !polled.events.empty()))
      for (const auto& r : polled.records) {
        REQUIRE(r.key);
        CHECK(as_text(*r.key) == as_text(*r.value).substr(0, 1));
        CHECK(murmur2_partition(*r.key, 3) == p);
        ++seen;
      }
  }
  CHECK(seen == values.size());
}

TEST_CASE("at most once, records are done with before they are processed, and a failure does not bring them back") {
  instance_rig<refusing_poison> rig;
  rig.what.settings.delivery = streamlet::delivery::at_most_once;
  rig.write("in", 0, {"1", "poison", "2"});
  rig.start();
  REQUIRE(rig.running->phase() == instance_phase::failed);
  CHECK(rig.committed("in") == 3);
  const auto before = rig.values("out");

  rig.start();
  rig.write("in", 0, {"3"});
  rig.runtime.settle();
  CHECK(rig.running->phase() == instance_phase::ready);
  auto wanted = before;
  wanted.push_back("3");
  CHECK(rig.values("out") == wanted);
}

TEST_CASE("at least once, a failing streamlet sees its record again") {
  instance_rig<refusing_poison> rig;
  rig.write("in", 0, {"poison"});
  rig.start();
  REQUIRE(rig.running->phase() == instance_phase::failed);
  CHECK(rig.committed("in") <= 0);
  rig.start();
  CHECK(rig.running->phase() == instance_phase::failed);
}

TEST_CASE("a slow streamlet's partition is paused, and goes on without a gap") {
  valve v;
  the_valve = &v;
  instance_rig<slow> rig;
  constexpr int all = 20'000;
  strings values;
  for (int n = 0; n < all; ++n) values.push_back(std::to_string(n));
  rig.write("in", 0, values);
  rig.start();
  const auto position = [&] {
    return rig.memory.describe_group(group_name("test.it.in"))->progress.front().position.value();
  };
  const auto bound = static_cast<std::int64_t>(native::record_feed::bound + log::poll_limits{}.max_records);
  CHECK(position() >= static_cast<std::int64_t>(native::record_feed::bound));
  CHECK(position() <= bound);
  rig.write("in", 0, {"one more"}); // news of the log do not wake a paused partition
  rig.runtime.advance(commit_interval);
  CHECK(position() <= bound);
  CHECK(v.taken.empty());

  v.open = true;
  v.wake.wake();
  rig.runtime.advance(commit_interval);
  values.emplace_back("one more");
  CHECK(v.taken == values);
  CHECK(rig.committed("in") == all + 1);
  rig.running.reset();
  rig.runtime.settle();
}

TEST_CASE("co-partitioned inlets meet in one task and are committed under the first one's group") {
  instance_rig<rides_and_fares> rig(2);
  rig.start();
  rig.write("rides", 0, {"ride"});
  rig.write("fares", 0, {"fare"});
  rig.write("rides", 1, {"tour"});
  rig.write("fares", 1, {"toll"});
  rig.runtime.advance(commit_interval);
  CHECK(sorted(lines_of(rig.console)) == strings{"0 fare", "0 ride", "1 toll", "1 tour"});
  for (int p = 0; p < 2; ++p) {
    CHECK(rig.committed("rides", p) == 1);
    CHECK(rig.committed("fares", p, "rides") == 1);
  }
  rig.close("rides");
  rig.close("fares");
  rig.runtime.settle();
  CHECK(rig.running->phase() == instance_phase::completed);
}

TEST_CASE("the policy skip counts bad records and commits past them") {
  instance_rig<skipping> rig;
  rig.start();
  rig.write("in", 0, {encoded("a"), "\xff", encoded("b"), ""});
  rig.runtime.advance(commit_interval);
  CHECK(lines_of(rig.console) == strings{"a", "b"});
  CHECK(rig.counted("cloudflow_records_skipped_total") == 2);
  CHECK(rig.counted("cloudflow_decode_failures_total") == 2);
  CHECK(rig.committed("in") == 4);
}

TEST_CASE("the user's handler mends bad records or leaves them out, counted") {
  instance_rig<mending> rig;
  rig.start();
  rig.write("in", 0, {encoded("a"), "mend", "lost", encoded("b")});
  rig.runtime.advance(commit_interval);
  CHECK(lines_of(rig.console) == strings{"a", "mended at 1", "b"});
  CHECK(rig.counted("cloudflow_records_skipped_total") == 1);
  CHECK(rig.counted("cloudflow_decode_failures_total") == 2);
  CHECK(rig.committed("in") == 4);
}

TEST_CASE("a unique group reads every partition in one task, commits nothing and begins anew with each start") {
  instance_rig<only_rules> rig(2);
  rig.write("rules", 0, {"x"});
  rig.write("rules", 1, {"y"});
  rig.start();
  rig.runtime.advance(commit_interval);
  CHECK(sorted(lines_of(rig.console)) == strings{"x", "y"});
  CHECK(rig.committed("rules", 0) == -1);
  rig.console.clear();
  rig.start();
  rig.runtime.settle();
  CHECK(sorted(lines_of(rig.console)) == strings{"x", "y"});
}

TEST_CASE("a task that starts late is told all of a unique group's records, and the others nothing twice") {
  instance_rig<told_rules> rig(2);
  rig.start(true);
  auto& in = rig.member("in");
  in.assign(0);
  rig.write("rules", 0, {"first"});
  rig.runtime.settle();
  REQUIRE(lines_of(rig.console) == strings{"0 first"});
  in.assign(1);
  rig.runtime.settle();
  rig.write("rules", 1, {"second"});
  rig.runtime.settle();
  CHECK(sorted(lines_of(rig.console)) == strings{"0 first", "0 second", "1 first", "1 second"});
}

TEST_CASE("what operators count is in the metric registry, with app, streamlet and operator") {
  instance_rig<odd_only> rig(2);
  rig.start();
  rig.write("in", 0, {"1", "2", "4"});
  rig.write("in", 1, {"6"});
  rig.runtime.advance(commit_interval);
  CHECK(rig.counted("cloudflow_operator_filtered_total") == 3);
  rig.write("in", 0, {"8"});
  rig.close("in");
  rig.runtime.settle();
  REQUIRE(rig.running->phase() == instance_phase::completed);
  CHECK(rig.counted("cloudflow_operator_filtered_total") == 4);
  for (const auto& s : rig.metrics.snapshot())
    if (s.name == "cloudflow_operator_filtered_total") {
      REQUIRE(s.labels.size() == 3);
      CHECK(s.labels[0] == std::pair<std::string, std::string>("app", "test"));
      CHECK(s.labels[1].second.find("filter") != std::string::npos);
      CHECK(s.labels[2] == std::pair<std::string, std::string>("streamlet", "it"));
    }
}
