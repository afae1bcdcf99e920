#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

#include <variant>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::streamlet_test;
using strings = std::vector<std::string>;

namespace {

reading make(double value, std::string src = "s") { return {std::move(src), timestamp(), "oil", value}; }

// What a test asks of the streamlet that it runs; the streamlet itself holds nothing that changes.
struct {
  std::optional<native::record_writer<reading>> writer;
  std::optional<native::run_signals> signals;
  strings told;
} seen;

// tag::splitter[]
/// Readings of sensible sensors go one way, the others another.
class splitter final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> valid_{"valid"};
  outlet<reading> rejected_{"rejected", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, valid_, rejected_); }
  stream::runnable build(const native::context& ctx) const override {
    using ways = std::variant<reading, reading>; // of two types it would be variant<reading, rejected>
    return ctx.source_with_offset(in_)
        .map([](reading r) {
          return r.value >= 0 ? ways(std::in_place_index<0>, std::move(r)) : ways(std::in_place_index<1>, std::move(r));
        })
        .split_to(ctx.committing_sink(valid_), ctx.committing_sink(rejected_));
  }
};
// end::splitter[]

// tag::doubled[]
/// Both outlets get every reading: its offset is committed when both have it.
class doubled final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> near_{"near"};
  outlet<reading> far_{"far"};

public:
  streamlet_shape shape() const override { return shape_of(in_, near_, far_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source_with_offset(in_).broadcast(ctx.committing_sink(near_), ctx.committing_sink(far_));
  }
};
// end::doubled[]

// tag::keyed[]
/// Says which key each reading came with.
class key_teller final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.keyed(in_)
        .map([](const native::keyed_value<reading>& r) { return r.key + " of " + r.value.src; })
        .to(ctx.console_sink());
  }
};
// end::keyed[]

// tag::merged[]
/// Readings of two topics as one stream.
class merger final : public native::streamlet {
  inlet<reading> left_{"left"};
  inlet<reading> right_{"right"};
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(left_, right_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.merge(left_, right_).to(ctx.committing_sink(out_));
  }
};
// end::merged[]

// tag::commit_only[]
/// Acts by what an operator does; writes nothing.
class watcher final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](const reading& r) {
          if (r.value > 100) seen.told.push_back("too much at " + r.src);
          return r;
        })
        .to(ctx.commit_only());
  }
};
// end::commit_only[]

// tag::writer[]
/// Writes what others hand it, and is ready when they can.
class bridge final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto out = ctx.writer(out_); // a cheap copy, for any thread
    ctx.signals().hold_ready();        // until the other side is connected: ctx.signals().ready()
    ctx.on_stop([out](const stream::ending& how) {
      seen.told.push_back("stopped: " + std::string(stream::name_of(how.kind)));
      (void)out.write(make(-1, "the last one"));
    });
    seen.writer = out;
    seen.signals = ctx.signals();
    return {}; // no graph of its own: it goes on until it is told to stop
  }
};
// end::writer[]

class forwarder final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    ctx.on_stop([](const stream::ending& how) {
      seen.told.push_back("first asked: " + std::string(stream::name_of(how.kind)));
    });
    ctx.on_stop([](const stream::ending&) -> void { throw std::runtime_error("never mind"); });
    ctx.on_stop([](const stream::ending&) { seen.told.emplace_back("last asked"); });
    seen.signals = ctx.signals();
    return ctx.source_with_offset(in_).to(ctx.committing_sink(out_));
  }
};

struct fire_and_forget { // a coroutine that nobody waits for
  struct promise_type {
    fire_and_forget get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() {}
  };
};

// tag::awaited[]
fire_and_forget handle(native::record_writer<reading> out, std::vector<int>& answers) {
  const auto written = co_await out.write(make(1));
  answers.push_back(written ? 202 : written.error().retriable ? 503 : 500);
}
// end::awaited[]

} // namespace

TEST_CASE("committing_sink lets no offset be committed before the log has acknowledged") {
  streamlet_test<forwarder> t;
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.hold_acknowledgements();
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  out.expect({make(1), make(2)});
  CHECK(in.committed() == 0);
  out.acknowledge();
  t.run();
  CHECK(in.committed() == 2);
}

TEST_CASE("split_to sends each element its way and commits when the outlet of each has it") {
  streamlet_test<splitter> t;
  auto in = t.tap<reading>("in");
  auto valid = t.probe<reading>("valid");
  auto rejected = t.probe<reading>("rejected");
  rejected.hold_acknowledgements();
  t.start();
  in.push(make(1));
  in.push(make(-1));
  in.push(make(2));
  t.run();
  valid.expect({make(1), make(2)});
  rejected.expect({make(-1)});
  CHECK(in.committed() <= 1); // the second record is not done with
  rejected.acknowledge();
  t.run();
  CHECK(in.committed() == 3);
}

TEST_CASE("an offset behind a broadcast is committed when all outlets have acknowledged") {
  streamlet_test<doubled> t;
  auto in = t.tap<reading>("in");
  auto near = t.probe<reading>("near");
  auto far = t.probe<reading>("far");
  near.hold_acknowledgements();
  far.hold_acknowledgements();
  t.start();
  in.push(make(1));
  t.run();
  near.acknowledge();
  t.run();
  CHECK(in.committed() == 0);
  far.acknowledge();
  t.run();
  CHECK(in.committed() == 1);
  near.expect({make(1)});
  far.expect({make(1)});
}

TEST_CASE("keyed gives each record's key, an empty one where there is none, and no tombstones") {
  streamlet_test<key_teller> t;
  auto in = t.tap<reading>("in");
  t.start();
  in.push_record({.value = make(1, "s1"), .key = "k1"});
  in.push_record({.value = std::nullopt, .key = "gone"});
  in.push_record({.value = make(2, "s2"), .key = std::nullopt});
  t.run();
  CHECK(t.console() == strings{"k1 of s1", " of s2"});
  CHECK(in.tombstones() == 1);
  CHECK(in.committed() == 3);
}

TEST_CASE("merge gives the records of several inlets and commits each inlet's own") {
  streamlet_test<merger> t;
  auto left = t.tap<reading>("left");
  auto right = t.tap<reading>("right");
  auto out = t.probe<reading>("out");
  t.start();
  left.push_all({make(1), make(2)});
  right.push(make(3));
  t.run();
  auto all = out.take();
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.value < b.value; });
  CHECK(all == std::vector{make(1), make(2), make(3)});
  CHECK(left.committed() == 2);
  CHECK(right.committed() == 1);
  left.complete();
  t.run();
  t.expect_running();
  right.complete();
  t.run();
  t.expect_completed();
}

TEST_CASE("commit_only commits what its operators have seen") {
  seen = {};
  streamlet_test<watcher> t;
  auto in = t.tap<reading>("in");
  t.start();
  in.push_all({make(1), make(101)});
  t.run();
  CHECK(seen.told == strings{"too much at s"});
  CHECK(in.committed() == 2);
}

TEST_CASE("a write is done when the log has acknowledged it") {
  seen = {};
  streamlet_test<bridge> t;
  auto out = t.probe<reading>("out");
  out.hold_acknowledgements();
  t.start();
  t.run();
  const auto pending = seen.writer->write(make(1, "s1"));
  std::vector<int> answers;
  handle(*seen.writer, answers);
  CHECK_FALSE(pending.look());
  CHECK(answers.empty());
  out.acknowledge();
  REQUIRE(pending.look());
  CHECK(pending.look()->has_value());
  CHECK(answers == std::vector{202});
  const auto records = out.take_records();
  REQUIRE(records.size() == 2);
  CHECK(records[0].value == make(1, "s1"));
  CHECK(records[0].key == "s1");
}

TEST_CASE("a write that the log has no room for, or nobody reads fast enough, is refused and may be tried again") {
  seen = {};
  streamlet_test<bridge> t;
  auto out = t.probe<reading>("out");
  t.start();
  t.run();
  out.refuse();
  std::vector<int> answers;
  handle(*seen.writer, answers);
  CHECK(answers == std::vector{503});
  out.refuse(false);
  t.hold_back();
  handle(*seen.writer, answers);
  CHECK(answers == std::vector{503, 503});
  t.hold_back(false);
  handle(*seen.writer, answers);
  CHECK(answers == std::vector{503, 503, 202});
  out.hold_acknowledgements();
  for (std::size_t i = 0; i < native::detail::writer_core::bound; ++i) CHECK_FALSE(seen.writer->write(make(1)).look());
  const auto one_more = seen.writer->write(make(1)).look();
  REQUIRE(one_more);
  CHECK(one_more->error().code == errc::limit_exceeded);
  out.acknowledge();
}

TEST_CASE("on_stop hears how the run ended, may write a last record, and later writes are closed") {
  seen = {};
  streamlet_test<bridge> t;
  auto out = t.probe<reading>("out");
  t.start();
  t.run();
  t.expect_running();
  t.drain();
  t.run();
  t.expect_drained();
  CHECK(seen.told == strings{"stopped: drained"});
  out.expect({make(-1, "the last one")});
  const auto late = seen.writer->write(make(1)).look();
  REQUIRE(late);
  CHECK(late->error().code == errc::closed);
}

TEST_CASE("on_stop calls the last that asked first, and none keeps another from being called") {
  seen = {};
  streamlet_test<forwarder> t;
  auto in = t.tap<reading>("in");
  t.start();
  in.complete();
  t.run();
  CHECK(seen.told == strings{"last asked", "first asked: completed"});
}

TEST_CASE("a streamlet that says it is complete gives what it has read and completes") {
  seen = {};
  streamlet_test<forwarder> t;
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  seen.signals->complete();
  t.run();
  t.expect_completed();
  out.expect({make(1), make(2)});
  CHECK(in.committed() == 2);
}

TEST_CASE("a streamlet that says it has failed fails with what it said") {
  seen = {};
  streamlet_test<forwarder> t;
  t.start();
  t.run();
  seen.signals->fail("the valve is stuck");
  t.run();
  t.expect_failed("the valve is stuck");
}
