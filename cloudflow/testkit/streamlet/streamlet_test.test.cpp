#include "schema_testdata/reading.hpp"
#include "schema_testdata/reading_v2.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

#include <ranges>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::expectation_failed;
using testkit::streamlet_test;

namespace {

reading make(double value) { return {"s", timestamp(), "oil", value}; }

class scaler final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out"};
  config_parameter<double> factor_{"factor", "What values are multiplied by."};
  config_parameter<std::chrono::milliseconds> pause_{"pause", "Unused.", 5ms};
  volume_mount data_{"data", "/data", access_mode::read_only_many};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_).with(factor_, pause_, data_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([by = ctx.value(factor_)](reading r) {
          r.value *= by;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

class endless final : public native::streamlet {
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(std::views::iota(0)).map([](int n) { return make(n); }).to(ctx.sink(out_));
  }
};

// Minutes of a sensor, and the sum over all sensors of what they count.
class regrouping final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src);
  outlet<reading> out_{"out"};
  repartition<reading> by_gauge_{"by-gauge", &reading::gauge};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_, by_gauge_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(&reading::src)
        .window(stream::tumbling(1min))
        .aggregate(stream::count())
        .map([](const auto& w) {
          return reading{w.key, w.start, "oil", static_cast<double>(w.value)};
        })
        .repartition_by(ctx.by(by_gauge_))
        .key_by(&reading::gauge)
        .window(stream::tumbling(1min))
        .aggregate(stream::sum(&reading::value))
        .map([](const auto& w) {
          return reading{"all", w.start, w.key, w.value};
        })
        .to(ctx.sink(out_));
  }
};

} // namespace
CLOUDFLOW_STREAMLET(scaler, "test.scaler")

TEST_CASE("streamlet_test runs both halves of a streamlet with a repartition, event time and all") {
  streamlet_test<regrouping> t;
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.start();
  const auto second = [](int n) { return timestamp(std::chrono::seconds(n)); };
  in.push_all({{"a", second(1), "", 0}, {"b", second(2), "", 0}, {"a", second(3), "", 0}});
  t.run();
  out.expect_nothing();
  in.push({"a", second(61), "", 0}); // the minute is over: in front, and so behind
  t.run();
  out.expect({{"all", second(0), "oil", 3}});
  in.complete();
  t.run();
  out.expect({{"all", second(60), "oil", 1}});
  t.expect_completed();
}

TEST_CASE("streamlet_test finds a streamlet by the name that blueprints use") {
  streamlet_test t("test.scaler");
  CHECK(t.descriptor().class_name == "test.scaler");
  CHECK_THROWS_WITH_AS(streamlet_test("test.scalar"), doctest::Contains("Did you mean 'test.scaler'?"),
                       expectation_failed);
}

TEST_CASE("streamlet_test lists the ports that there are when one is not") {
  streamlet_test<scaler> t;
  CHECK_THROWS_WITH_AS((void)t.tap<reading>("im"), doctest::Contains("known: 'in'"), expectation_failed);
  CHECK_THROWS_WITH_AS((void)t.probe<reading>("oot"), doctest::Contains("known: 'out'"), expectation_failed);
}

TEST_CASE("streamlet_test refuses a second tap, a late tap and a tap of another type") {
  streamlet_test<scaler> t;
  CHECK_THROWS_WITH_AS((void)t.tap<acme::sensors::v2::reading>("in"), doctest::Contains("acme.sensors.reading"),
                       expectation_failed);
  (void)t.tap<reading>("in");
  CHECK_THROWS_WITH_AS((void)t.tap<reading>("in"), doctest::Contains("already"), expectation_failed);
  t.config("factor", 2.0).mount("data", ".");
  t.start();
  CHECK_THROWS_WITH_AS((void)t.probe<reading>("out"), doctest::Contains("before start()"), expectation_failed);
}

TEST_CASE("streamlet_test names every parameter and mount that is missing") {
  streamlet_test<scaler> t;
  CHECK_THROWS_WITH_AS(t.start(), doctest::Contains("'factor'"), expectation_failed);
  CHECK_THROWS_WITH_AS(t.start(), doctest::Contains("'data'"), expectation_failed);
  CHECK_THROWS_WITH_AS(t.config("facter", 2.0), doctest::Contains("Did you mean 'factor'?"), expectation_failed);
  CHECK_THROWS_WITH_AS(t.mount("data", "/no/such/folder"), doctest::Contains("is no folder"), expectation_failed);
}

TEST_CASE("streamlet_test runs a streamlet with its parameters") {
  streamlet_test<scaler> t;
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.config("factor", "2.5").mount("data", ".");
  t.start();
  in.push(make(4));
  out.expect_nothing(); // nothing runs before run()
  t.run();
  out.expect({make(10)});
  in.complete();
  t.run();
  t.expect_completed();
  CHECK_THROWS_AS(in.push(make(1)), expectation_failed);
}

TEST_CASE("streamlet_test shows both lists from their first difference on") {
  streamlet_test<scaler> t;
  auto in = t.tap<reading>("in");
  auto out = t.probe<reading>("out");
  t.config("factor", 1.0).mount("data", ".");
  t.start();
  in.push_all({make(1), make(2)});
  t.run();
  CHECK_THROWS_WITH_AS(out.expect({make(1), make(3)}), doctest::Contains("\"value\":3.0"), expectation_failed);
}

TEST_CASE("streamlet_test says what still runs when an end was expected") {
  streamlet_test<scaler> t;
  t.config("factor", 1.0).mount("data", ".");
  t.start();
  t.run();
  CHECK_THROWS_WITH_AS(t.expect_completed(), doctest::Contains("inlet 'in' is open"), expectation_failed);
  t.expect_running();
}

TEST_CASE("streamlet_test stops a streamlet that never comes to rest, and says which part is busy") {
  streamlet_test<endless> t;
  t.start();
  CHECK_THROWS_WITH_AS(t.run(50), doctest::Contains("runnable"), expectation_failed);
}

TEST_CASE("streamlet_test stops when a probe is full") {
  streamlet_test<endless> t;
  auto out = t.probe<reading>("out", 1000);
  t.start();
  CHECK_THROWS_WITH_AS(t.run(), doctest::Contains("is full"), expectation_failed);
  CHECK(out.take().size() <= 1000);
}
