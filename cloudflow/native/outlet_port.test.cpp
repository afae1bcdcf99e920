#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::streamlet_test;

namespace {

timestamp at(std::int64_t ms) { return timestamp(std::chrono::milliseconds(ms)); }
reading make(double value) { return {"s", at(0), "oil", value}; }

class copier final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_;

public:
  explicit copier(outlet<reading> out = outlet<reading>("out"))
      : out_(std::move(out)) {}
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override { return ctx.source(in_).to(ctx.sink(out_)); }
};

/// Writes a reading per millisecond.
class ticker final : public native::streamlet {
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::tick(1ms).map([](std::uint64_t n) { return make(static_cast<double>(n)); }).to(ctx.sink(out_));
  }
};

} // namespace

TEST_CASE("an outlet keys records by its partitioner and keeps their event time") {
  streamlet_test t(copier(outlet<reading>("out", partition_by(&reading::src, &reading::gauge))));
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_at(at(55), {"a|b", at(0), "oil", 1});
  t.run();
  const auto records = out.take_records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].key == "a\\|b|oil");
  CHECK(records[0].time == at(55));
}

TEST_CASE("an outlet without a partitioner writes records without a key") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push(make(1));
  t.run();
  const auto records = out.take_records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].key == std::nullopt);
}

TEST_CASE("an outlet acknowledges a record when the log has it, not before") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.hold_acknowledgements();
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  CHECK(out.size() == 2);
  CHECK(in.committed() == 0);
  out.acknowledge();
  t.run();
  CHECK(in.committed() == 2);
}

TEST_CASE("an outlet sends again what a full log refused, once and in order") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.refuse();
  t.start();
  in.push_all({make(1), make(2), make(3)});
  t.run();
  out.expect_nothing();
  CHECK(in.committed() == 0);

  out.refuse(false);
  t.run();
  out.expect({make(1), make(2), make(3)});
  CHECK(in.committed() == 3);
}

TEST_CASE("an outlet finishes what a full log refused before the streamlet completes") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.refuse();
  t.start();
  in.push_all({make(1), make(2)});
  in.complete();
  t.run();
  t.expect_running();

  out.refuse(false);
  t.run();
  out.expect({make(1), make(2)});
  t.expect_completed();
  CHECK(in.committed() == 2);
}

TEST_CASE("an outlet is not over before the log acknowledged everything") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  out.hold_acknowledgements();
  t.start();
  in.push(make(1));
  SUBCASE("when its input is complete") {
    in.complete();
    t.run();
    t.expect_running();
    out.acknowledge();
    t.run();
    t.expect_completed();
  }
  SUBCASE("when it is drained") {
    t.run();
    t.drain();
    t.expect_running();
    out.acknowledge();
    t.run();
    t.expect_drained();
  }
  CHECK(in.committed() == 1);
}

TEST_CASE("an outlet fails the streamlet when the log fails a batch, and commits nothing of it") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push(make(1));
  t.run();
  SUBCASE("that was sent") {
    out.hold_acknowledgements();
    in.push(make(2));
    t.run();
    out.fail("disk gone");
    t.run();
  }
  SUBCASE("at the send") {
    out.fail("disk gone");
    in.push(make(2));
    t.run();
  }
  t.expect_failed("disk gone");
  CHECK(in.committed() == 1);
}

TEST_CASE("an outlet of a streamlet without inlets waits while the backlog downstream is too large") {
  streamlet_test t{ticker{}};
  auto out = t.probe<reading>("out");
  t.start();
  t.clock().advance(10ms);
  CHECK(out.take().size() == 11);
  t.hold_back();
  t.clock().advance(50ms);
  out.expect_nothing();
  t.hold_back(false);
  t.run();
  CHECK(out.take().size() >= 1);
  t.drain();
  t.expect_drained();
}

TEST_CASE("an outlet counts records and bytes") {
  streamlet_test t{copier{}};
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  CHECK(out.size() == 2);
  bytes encoded;
  schema::codec<reading>::encode(make(1), encoded);
  double records = 0, size = 0;
  for (const auto& sample : t.metrics().snapshot()) {
    if (sample.name == "cloudflow_records_out_total") records += sample.value;
    if (sample.name == "cloudflow_out_bytes_total") size += sample.value;
  }
  CHECK(records == 2);
  CHECK(size == 2 * static_cast<double>(encoded.size()));
}
