#include "cloudflow/engine/native/test_instance_rig.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using backend::instance_phase;
using engine::instance_rig;
using streamlet::delivery;
using strings = std::vector<std::string>;

namespace {

bytes bytes_of(std::string_view text) {
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// What a test asks of the streamlet that it runs; the streamlet itself holds nothing that changes.
struct {
  std::optional<native::record_writer<bytes>> writer;
  std::optional<native::run_signals> signals;
  strings stopped;
} seen;

class from_the_end final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_, latest).to(ctx.committing_sink(out_));
  }
};

class told_from_the_end final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").with_unique_group();

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_, latest).map([](const bytes& b) { return std::string(as_text(b)); }).to(ctx.console_sink());
  }
};

class reading_twice final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::merge(ctx.source(in_), ctx.source(in_)).to(ctx.sink(out_));
  }
};

// Reads by one way and writes by a writer.
class writing_aside final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};
  outlet<bytes> aside_{"aside"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_, aside_); }
  stream::runnable build(const native::context& ctx) const override {
    seen.writer = ctx.writer(aside_);
    seen.signals = ctx.signals();
    ctx.signals().hold_ready();
    ctx.on_stop([](const stream::ending& how) { seen.stopped.emplace_back(stream::name_of(how.kind)); });
    return ctx.source_with_offset(in_).to(ctx.committing_sink(out_));
  }
};

class only_writing final : public native::streamlet {
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    seen.writer = ctx.writer(out_);
    seen.signals = ctx.signals();
    return {};
  }
};

class counting final : public native::streamlet {
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(seekable()); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(stream::sequence([](std::int64_t n) { return std::to_string(n); },
                                           {.first = 1, .interval = std::chrono::milliseconds(1)}))
        .map([](const std::string& s) { return bytes_of(s); })
        .to(ctx.sink(out_));
  }
};

} // namespace

TEST_CASE("a source from latest begins at the end, and later runs go on from what was committed") {
  for (const auto how : {delivery::exactly_once, delivery::at_least_once}) {
    CAPTURE(name_of(how));
    instance_rig<from_the_end> rig(2);
    rig.what.settings.delivery = how;
    rig.write("in", 0, {"old 1", "old 2"});
    rig.write("in", 1, {"old 3"});
    rig.start();
    CHECK(rig.committed("in", 0) == 2); // at once: a crash now must not lose what comes next
    CHECK(rig.committed("in", 1) == 1);
    rig.stop();
    rig.write("in", 0, {"new 1"});
    rig.start();
    rig.write("in", 1, {"new 2"});
    rig.runtime.advance(std::chrono::seconds(1));
    CHECK(rig.values("out") == strings{"new 1", "new 2"});
    CHECK(rig.committed("in", 0) == 3);
    CHECK(rig.committed("in", 1) == 2);
  }
}

TEST_CASE("a unique group from latest is told what is written from then on") {
  instance_rig<told_from_the_end> rig(2);
  rig.write("in", 0, {"old"});
  rig.start();
  rig.write("in", 1, {"new"});
  rig.runtime.advance(std::chrono::seconds(1));
  CHECK(rig.console == strings{"new\n"});
}

TEST_CASE("an inlet that is used twice in one graph is refused") {
  instance_rig<reading_twice> rig;
  rig.start();
  REQUIRE(rig.running->phase() == instance_phase::failed);
  CHECK(rig.running->failure()->text.find("inlet 'in' is used twice in one graph") != std::string::npos);
}

TEST_CASE("a write is in the log when it is done, whatever becomes of the streamlet's transaction") {
  seen = {};
  instance_rig<writing_aside> rig;
  rig.what.settings.delivery = delivery::exactly_once;
  rig.start();
  rig.write("in", 0, {"a"});
  rig.runtime.settle();
  rig.write("in", 0, {"b"});
  rig.runtime.settle(); // sent, and waits for the commit
  const auto written = seen.writer->write(bytes_of("beside")).look();
  REQUIRE(written);
  CHECK(written->has_value());
  CHECK(rig.values("aside") == strings{"beside"});
  CHECK(rig.values("out") == strings{"a"});
  seen.signals->fail("enough");
  rig.runtime.settle();
  CHECK(rig.running->phase() == instance_phase::failed);
  CHECK(rig.running->failure()->text == "enough");
  CHECK(seen.stopped == strings{"failed"});
  CHECK(rig.values("aside") == strings{"beside"});
  CHECK(rig.values("out") == strings{"a"});
  const auto late = seen.writer->write(bytes_of("late")).look();
  REQUIRE(late);
  CHECK(late->error().code == errc::closed);
}

TEST_CASE("a streamlet that holds its readiness is ready when it says so") {
  seen = {};
  instance_rig<writing_aside> rig;
  rig.start();
  CHECK(rig.running->phase() == instance_phase::starting);
  rig.write("in", 0, {"a"});
  rig.runtime.advance(std::chrono::seconds(1));
  CHECK(rig.running->phase() == instance_phase::starting); // it works all the same
  CHECK(rig.values("out") == strings{"a"});
  seen.signals->ready();
  rig.runtime.settle();
  CHECK(rig.running->phase() == instance_phase::ready);
}

TEST_CASE("a streamlet that says it is complete commits what it has read and completes its topics") {
  seen = {};
  instance_rig<writing_aside> rig;
  rig.start();
  rig.write("in", 0, {"a", "b"});
  rig.runtime.settle();
  seen.signals->complete();
  rig.runtime.settle();
  CHECK(rig.running->phase() == instance_phase::completed);
  CHECK(seen.stopped == strings{"completed"});
  CHECK(rig.values("out") == strings{"a", "b"});
  CHECK(rig.committed("in") == 2);
  CHECK(rig.memory.describe_topic(topic_name("out"))->closed);
}

TEST_CASE("a streamlet that only writes goes on until it is drained, or says that it is complete") {
  for (const bool drains : {true, false}) {
    seen = {};
    instance_rig<only_writing> rig;
    rig.start();
    CHECK(rig.running->phase() == instance_phase::ready);
    CHECK(seen.writer->write(bytes_of("one")).look()->has_value());
    rig.runtime.advance(std::chrono::minutes(1));
    CHECK(rig.runtime.timers() == 0);
    CHECK(rig.running->phase() == instance_phase::ready);
    if (drains)
      rig.running->drain();
    else
      seen.signals->complete();
    rig.runtime.settle();
    CHECK(rig.running->phase() == (drains ? instance_phase::drained : instance_phase::completed));
    CHECK(rig.values("out") == strings{"one"});
  }
}

TEST_CASE("a sequence goes on after crashes without a gap or a repeat") {
  instance_rig<counting> rig;
  rig.what.settings.delivery = delivery::exactly_once;
  for (int crash = 0; crash < 10; ++crash) {
    rig.start();
    rig.runtime.advance(std::chrono::milliseconds(130 + 17 * crash));
    rig.stop();
  }
  const auto out = rig.values("out");
  REQUIRE(out.size() > 1'000);
  for (std::size_t i = 0; i < out.size(); ++i) REQUIRE(out[i] == std::to_string(i + 1));
}
