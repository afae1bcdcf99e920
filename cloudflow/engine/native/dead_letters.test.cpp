#include "cloudflow/engine/native/test_instance_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace cloudflow;
using backend::instance_phase;
using engine::instance_rig;
using streamlet::delivery;
using strings = std::vector<std::string>;

namespace {

constexpr auto commit_interval = std::chrono::milliseconds(200);
constexpr const char* dead_topic = "test.it.in.dead";

// Throws at what begins with "bad"; "twice 2": only so often at that record.
class fussy {
  std::map<std::string, int> met_;

public:
  bytes operator()(bytes b) {
    const std::string text(as_text(b));
    if (text.starts_with("bad")) throw std::range_error("it is bad");
    if (text.starts_with("flaky") && ++met_[text] <= text.back() - '0') throw std::range_error("not yet");
    return b;
  }
};

class checking final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(fussy()).to(ctx.sink(out_));
  }
};

class grouping final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map(fussy())
        .grouped(2)
        .map([](std::vector<bytes> two) { return two.front(); })
        .to(ctx.sink(out_));
  }
};

class failing final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").on_error(error_policy::fail);
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(fussy()).to(ctx.sink(out_));
  }
};

class told_rules final : public native::streamlet {
  inlet<bytes> data_{"data"};
  inlet<bytes> in_ = inlet<bytes>("in").with_unique_group();
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(data_, in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::merge(ctx.source(data_), ctx.source(in_).map(fussy())).to(ctx.sink(out_));
  }
};

template <class S> struct rig : instance_rig<S> {
  explicit rig(delivery d, int partitions = 1)
      : instance_rig<S>(partitions) {
    this->what.settings.delivery = d;
  }
  std::map<std::string, std::string> headers_of(const char* topic, std::int64_t offset = 0) {
    log::consumer_options options;
    options.topics = {topic_name(topic)};
    options.membership = log::membership::chosen;
    options.partitions = {partition_id(0)};
    auto reader = this->memory.open_consumer(std::move(options));
    std::map<std::string, std::string> out;
    log::polled polled;
    while ((*reader)->poll({}, polled) && (!polled.records.empty() || !polled.events.empty()))
      for (const auto& r : polled.records)
        if (r.offset == record_offset(offset))
          for (const auto [name, value] : r.headers) out[std::string(name)] = std::string(as_text(value));
    return out;
  }
};

} // namespace

TEST_CASE("dead letters are in the topic of their inlet, in the partition of their record, once committed") {
  for (const auto d : {delivery::exactly_once, delivery::at_least_once, delivery::at_most_once}) {
    CAPTURE(name_of(d));
    rig<checking> r(d, 2);
    r.start();
    r.write("in", 0, {"a", "bad 1", "b"});
    r.write("in", 1, {"bad 2", "c"});
    r.runtime.advance(commit_interval);
    CHECK(r.values(dead_topic) == strings{"bad 1", "bad 2"});
    CHECK(r.values("out").size() == 3);
    CHECK(r.committed("in", 0) == 3);
    CHECK(r.committed("in", 1) == 2);
    CHECK(r.counted("cloudflow_dead_letters_total") == 2);
    CHECK(r.counted("cloudflow_records_skipped_total") == 0);
    const auto said = r.headers_of(dead_topic);
    CHECK(said.at("cf-dead-topic") == "in");
    CHECK(said.at("cf-dead-partition") == "0");
    CHECK(said.at("cf-dead-offset") == "1");
    CHECK(said.at("cf-dead-streamlet") == "it");
    CHECK(said.at("cf-dead-inlet") == "in");
    CHECK(said.at("cf-dead-where") == "map");
    CHECK(said.at("cf-dead-error") == "std::range_error");
    CHECK(said.at("cf-dead-message") == "it is bad");
    CHECK(said.at("cf-dead-attempts") == "1");
    const auto topic = r.memory.describe_topic(topic_name(dead_topic));
    REQUIRE(topic);
    CHECK(topic->spec.cleanup == log::cleanup_policy::retain);
    CHECK(topic->spec.partitions == 2);
    r.start(); // nothing comes again
    r.runtime.advance(commit_interval);
    CHECK(r.values(dead_topic).size() == 2);
  }
}

TEST_CASE("a dead letter is not seen before the commit of its record's position, and comes once after a crash") {
  rig<checking> r(delivery::exactly_once);
  r.start();
  r.write("in", 0, {"bad"});
  r.runtime.settle();
  CHECK(r.committed("in") == -1);
  r.start(); // the crash
  r.runtime.advance(commit_interval);
  CHECK(r.values(dead_topic) == strings{"bad"});
  CHECK(r.committed("in") == 1);
}

TEST_CASE("dead letters stand beside elements that are held: their record counts when those before it do") {
  rig<grouping> r(delivery::at_least_once);
  r.start();
  r.write("in", 0, {"a", "bad", "b", "c"});
  r.runtime.advance(commit_interval);
  CHECK(r.values(dead_topic) == strings{"bad"});
  CHECK(r.values("out") == strings{"a"});
  r.close("in");
  r.runtime.settle();
  CHECK(r.running->phase() == instance_phase::completed);
  CHECK(r.values("out") == strings{"a", "c"});
  CHECK(r.values(dead_topic) == strings{"bad"});
  CHECK(r.committed("in") == 4);
}

TEST_CASE("many dead letters do not wait for the commit interval, and none is lost") {
  for (const auto d : {delivery::exactly_once, delivery::at_least_once}) {
    rig<checking> r(d);
    r.what.settings.commit_interval = std::chrono::hours(1);
    r.start();
    strings values;
    for (int n = 0; n < 12'000; ++n) values.push_back(n % 5 < 2 ? "bad " + std::to_string(n) : std::to_string(n));
    r.write("in", 0, values);
    r.runtime.settle();
    CHECK(r.values(dead_topic).size() >= native::dead_letter_box::bound);
    r.close("in");
    r.runtime.settle();
    CHECK(r.running->phase() == instance_phase::completed);
    CHECK(r.values(dead_topic).size() == 4'800);
    CHECK(r.values("out").size() == 7'200);
  }
}

TEST_CASE("a record is tried again as often as configuration says before it is a dead letter") {
  rig<checking> r(delivery::exactly_once);
  r.what.settings.ports.at(port_name("in")).retries = 2;
  r.start();
  r.write("in", 0, {"flaky 2", "flaky x 3", "a", "bad"});
  r.runtime.advance(commit_interval);
  CHECK(r.values("out") == strings{"flaky 2", "a"});
  CHECK(r.values(dead_topic) == strings{"flaky x 3", "bad"});
  CHECK(r.headers_of(dead_topic).at("cf-dead-attempts") == "3");
  CHECK(r.counted("cloudflow_record_retries_total") == 6);
  CHECK(r.committed("in") == 4);
}

TEST_CASE("a record that fails the streamlet does not hold back what came before it") {
  for (const auto d : {delivery::exactly_once, delivery::at_least_once}) {
    CAPTURE(name_of(d));
    rig<failing> r(d);
    r.what.settings.commit_interval = std::chrono::hours(1);
    r.start();
    r.write("in", 0, {"a", "b", "bad", "c"});
    for (int start = 0; start < 2; ++start) {
      r.runtime.settle();
      REQUIRE(r.running->phase() == instance_phase::failed);
      CHECK(r.running->failure()->position == "in/0/2");
      CHECK(r.running->failure()->text == "it is bad");
      CHECK(r.running->failure()->verdict.empty());
      CHECK(r.values("out") == strings{"a", "b"});
      CHECK(r.committed("in") == 2);
      r.start();
    }
  }
}

TEST_CASE("the policy of configuration comes before that of the code") {
  using cloudflow::streamlet::error_policy;
  SUBCASE("fail before the default") {
    rig<checking> r(delivery::exactly_once);
    r.what.settings.ports.at(port_name("in")).on_error = error_policy::fail;
    r.start();
    r.write("in", 0, {"bad"});
    r.runtime.settle();
    CHECK(r.running->phase() == instance_phase::failed);
  }
  SUBCASE("dead-letter before fail") {
    rig<failing> r(delivery::exactly_once);
    r.what.settings.ports.at(port_name("in")).on_error = error_policy::dead_letter;
    r.start();
    r.write("in", 0, {"bad", "a"});
    r.runtime.advance(commit_interval);
    CHECK(r.values(dead_topic) == strings{"bad"});
    CHECK(r.values("out") == strings{"a"});
  }
}

TEST_CASE("an inlet whose records die by the hundreds stops, behind a commit, and says that a restart is no help") {
  for (const auto d : {delivery::exactly_once, delivery::at_least_once}) {
    CAPTURE(name_of(d));
    rig<checking> r(d, 3);
    r.start();
    for (int p = 0; p < 3; ++p) {
      strings values;
      for (int n = 0; n < 400; ++n) values.push_back("bad " + std::to_string(n));
      r.write("in", p, values);
    }
    r.runtime.settle();
    REQUIRE(r.running->phase() == instance_phase::failed);
    const auto why = r.running->failure();
    CHECK(why->type == "breaker");
    CHECK(why->verdict == "more than half of the last 1000 records of inlet 'in' became dead letters");
    CHECK(why->text.find("it is bad") != std::string::npos);
    const auto dead = static_cast<std::int64_t>(r.values(dead_topic).size());
    CHECK(dead > 500);
    CHECK(r.committed("in", 0) + r.committed("in", 1) + r.committed("in", 2) == dead);
  }
}

TEST_CASE("of a unique group's records one task writes the dead letters") {
  rig<told_rules> r(delivery::exactly_once, 2);
  r.start();
  r.write("data", 0, {"x"});
  r.write("data", 1, {"y"});
  r.write("in", 0, {"bad"});
  r.write("in", 1, {"rule"});
  r.runtime.advance(commit_interval);
  CHECK(r.values(dead_topic) == strings{"bad"});
  CHECK(r.values("out").size() == 4);
}

TEST_CASE("dead letters that the log refuses for good fail the streamlet, and nothing is lost") {
  for (const auto d : {delivery::exactly_once, delivery::at_least_once}) {
    rig<checking> r(d);
    REQUIRE(r.memory.create_topic({.name = topic_name(dead_topic), .partitions = 1, .max_record_bytes = 10}));
    r.start();
    r.write("in", 0, {"a", "bad", "b"});
    r.runtime.advance(commit_interval);
    REQUIRE(r.running->phase() == instance_phase::failed);
    CHECK(r.running->failure()->text.find("dead letters of inlet 'in' cannot be written") != std::string::npos);
    CHECK(r.committed("in") < 2);
  }
}
