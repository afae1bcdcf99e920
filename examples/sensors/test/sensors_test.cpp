#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "cloudflow/testkit/streamlet/streamlet_test.hpp"
#include "sensors_schemas/average.hpp"
#include "sensors_schemas/reading.hpp"

#include <algorithm>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using sensors::average;
using sensors::reading;
using testkit::streamlet_test;

namespace {

// Event times of these tests count from the epoch, to which windows are aligned.
timestamp at(std::chrono::milliseconds since_epoch) { return timestamp(since_epoch); }

} // namespace

// tag::test[]
TEST_CASE("moving_average emits the mean of a window when time has passed its end") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(0s), "oil", 1.0});
  in.push({"s1", at(59s), "oil", 3.0});
  t.run();
  // Windows of a minute begin every 30 seconds: the one that ended at second 30 is out, two are still open.
  out.expect({{"s1", "oil", at(-30s), at(30s), 1.0}});

  in.push({"s1", at(60s), "oil", 8.0});
  t.run();
  out.expect({{"s1", "oil", at(0s), at(60s), 2.0}});
  t.expect_running();
}
// end::test[]

TEST_CASE("moving_average emits its open windows when its input is complete") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(60s), "oil", 8.0});
  in.complete();
  t.run();
  out.expect({{"s1", "oil", at(30s), at(90s), 8.0}, {"s1", "oil", at(60s), at(120s), 8.0}});
  t.expect_completed();
  CHECK(in.committed() == 1);
}

TEST_CASE("moving_average keeps sensors and gauges apart") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(30s), "oil", 1.0});
  in.push({"s1", at(31s), "gas", 2.0});
  in.push({"s2", at(32s), "oil", 4.0});
  in.push({"s1", at(60s), "oil", 3.0});
  t.run();
  out.expect(
      {{"s1", "oil", at(0s), at(60s), 1.0}, {"s1", "gas", at(0s), at(60s), 2.0}, {"s2", "oil", at(0s), at(60s), 4.0}});
}

TEST_CASE("moving_average writes under the sensor's name as key, so that a sensor's averages stay in order") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(0s), "oil", 1.0});
  in.complete();
  t.run();
  for (const auto& record : out.take_records()) CHECK(record.key == "s1");
}

TEST_CASE("moving_average commits a reading only when its last window is out") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(0s), "oil", 1.0});
  in.push({"s1", at(30s), "oil", 1.0});
  t.run();
  CHECK(in.committed() == 0); // the window of seconds 0 to 60 holds both

  in.push({"s1", at(60s), "oil", 1.0});
  t.run();
  CHECK(in.committed() == 1); // the second is also in the window of seconds 30 to 90
}

TEST_CASE("moving_average gives open windows back when it is drained") {
  streamlet_test t("sensors.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();

  in.push({"s1", at(60s), "oil", 8.0});
  t.run();
  t.drain();
  t.expect_drained();
  out.expect_nothing();
  CHECK(in.committed() == 0); // it will be read again
}

TEST_CASE("random_ingress emits its backlog at once and then at its rate") {
  streamlet_test t("sensors.random-ingress");
  auto out = t.probe<reading>("out");
  t.config("rate", 1000).config("speed", 60.0).config("backlog", "1 minute");
  t.start();
  t.run();
  CHECK(out.take().size() == 1000); // a minute of event time, 60 ms apart

  t.clock().advance(1s);
  CHECK(out.take().size() == 1000);
}

TEST_CASE("random_ingress moves event time on, from the backlog's age to now") {
  streamlet_test t("sensors.random-ingress");
  auto out = t.probe<reading>("out");
  t.config("rate", 100).config("speed", 10.0).config("backlog", 1min);
  t.start();
  t.run();
  t.clock().advance(10s);

  const auto readings = out.take();
  REQUIRE(readings.size() == 600 + 1000);
  CHECK(std::is_sorted(readings.begin(), readings.end(),
                       [](const auto& a, const auto& b) { return a.timestamp < b.timestamp; }));
  CHECK(readings.back().timestamp - readings.front().timestamp == 159'900ms);
  std::set<std::string> gauges;
  for (const auto& r : readings) gauges.insert(r.gauge);
  CHECK(gauges == std::set<std::string>{"gas", "oil", "water"});
}

TEST_CASE("random_ingress waits while what it wrote is not read") {
  streamlet_test t("sensors.random-ingress");
  auto out = t.probe<reading>("out");
  t.config("backlog", 0min);
  t.start();
  t.hold_back();
  t.clock().advance(1s);
  out.expect_nothing();

  t.hold_back(false);
  t.run();
  CHECK(out.take().size() > 0);
}

TEST_CASE("console_egress prints an average as one line of JSON") {
  streamlet_test t("sensors.console-egress");
  auto in = t.tap<average>("in");
  t.start();

  in.push({"s1", "oil", at(0s), at(60s), 2.5});
  t.run();
  CHECK(t.console() ==
        std::vector<std::string>{R"({"src":"s1","gauge":"oil","window_start":0,"window_end":60000,"avg":2.5})"});
  CHECK(in.committed() == 1);
}
