#include "cloudflow/backend/supervision.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::backend;
using namespace std::chrono_literals;
using std::chrono::nanoseconds;

namespace {

failed_attempt at_record(std::string position, std::string progress = "") {
  return {{"std::runtime_error", "no", "map", std::move(position)}, 0s, true, std::move(progress), {}};
}
failed_attempt somewhere(std::string progress, nanoseconds ready_at = 0s) {
  return {{"std::runtime_error", "no", "window", ""}, ready_at, true, progress, {progress}};
}
failed_attempt of_source(std::string written) {
  return {{"std::runtime_error", "no", "source", ""}, 0s, false, std::move(written), {}};
}
failed_attempt before_ready() { return {{"std::runtime_error", "no", "build()", ""}, std::nullopt, true, "", {}}; }

} // namespace

TEST_CASE("a supervision restarts after waits that double up to a minute") {
  supervision s({.at_one_place = 100});
  nanoseconds now = 1000s;
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    s.failed(somewhere("t/0/5", now), now);
    CHECK(s.wait() == wait);
    REQUIRE(s.restart_at() == now + wait);
    now = *s.restart_at();
    s.restarted();
    CHECK_FALSE(s.restart_at());
  }
  CHECK(s.failures() == 8);
}

TEST_CASE("a supervision waits a second again when a commit has moved since the last failure") {
  supervision s({});
  s.failed(somewhere("t/0/5"), 10s);
  s.failed(somewhere("t/0/5"), 20s);
  CHECK(s.wait() == 2s);
  s.failed(somewhere("t/0/6"), 30s);
  CHECK(s.wait() == 1s);
}

TEST_CASE("a supervision waits a second again when the instance was ready for a minute") {
  supervision s({.at_one_place = 100});
  s.failed(somewhere("t/0/5", 5s), 10s);
  s.failed(somewhere("t/0/5", 15s), 75s - 1ns);
  CHECK(s.wait() == 2s);
  s.failed(somewhere("t/0/5", 80s), 140s);
  CHECK(s.wait() == 1s);
}

TEST_CASE("a supervision calls the third failure at one position poison") {
  supervision s({});
  s.failed(at_record("app.in/0/17"), 1s);
  s.failed(at_record("app.in/0/17"), 2s);
  CHECK_FALSE(s.degraded());
  CHECK(s.restart_at());
  s.failed(at_record("app.in/0/17"), 3s);
  REQUIRE(s.degraded());
  CHECK(*s.degraded() == "poison at app.in/0/17");
  CHECK_FALSE(s.restart_at());
}

TEST_CASE("a supervision finds poison among failures elsewhere and while other partitions move on") {
  supervision s({});
  for (int n = 0; n < 2; ++n) {
    s.failed(at_record("app.in/0/17", "a" + std::to_string(n)), 1s);
    s.failed(at_record("app.in/1/9" + std::to_string(n), "b" + std::to_string(n)), 2s);
  }
  CHECK_FALSE(s.degraded());
  s.failed(at_record("app.in/0/17", "c"), 5s);
  REQUIRE(s.degraded());
  CHECK(*s.degraded() == "poison at app.in/0/17");
}

TEST_CASE("a supervision blames the committed position when the record is not known") {
  supervision s({});
  s.failed(somewhere("app.in/0/17"), 1s);
  s.failed(somewhere("app.in/0/17"), 2s);
  s.failed(somewhere("app.in/0/18"), 3s);
  CHECK_FALSE(s.degraded());
  s.failed(somewhere("app.in/0/18"), 4s);
  s.failed(somewhere("app.in/0/18"), 5s);
  REQUIRE(s.degraded());
  CHECK(*s.degraded() == "poison at or behind app.in/0/18");
}

TEST_CASE("a supervision blames the committed position when each time another record seems to fail") {
  supervision s({}); // a group that fills up throws behind whatever record filled it
  for (int n = 0; n < 3; ++n) {
    CHECK_FALSE(s.degraded());
    auto attempt = at_record("app.in/0/2" + std::to_string(n), "app.in/0/17");
    attempt.behind = {"app.in/0/17"};
    s.failed(attempt, 1s);
  }
  REQUIRE(s.degraded());
  CHECK(*s.degraded() == "poison at or behind app.in/0/17");
}

TEST_CASE("a supervision does not start again what says that it would not help") {
  supervision s({});
  auto attempt = at_record("app.in/0/17");
  attempt.why.verdict = "everything is bad";
  s.failed(attempt, 1s);
  REQUIRE(s.degraded());
  CHECK(*s.degraded() == "everything is bad");
  CHECK_FALSE(s.restart_at());
}

TEST_CASE("a supervision gives up an instance that fails three times in a row before it is ready") {
  supervision s({});
  s.failed(before_ready(), 1s);
  s.failed(before_ready(), 2s);
  s.failed(somewhere("app.in/0/17"), 3s);
  s.failed(before_ready(), 4s);
  s.failed(before_ready(), 5s);
  CHECK_FALSE(s.degraded());
  s.failed(before_ready(), 6s);
  REQUIRE(s.degraded());
  CHECK(s.degraded()->find("before it was ready") != std::string::npos);
}

TEST_CASE("a supervision is patient with a source, as long as it writes something in between") {
  supervision s({});
  for (int n = 0; n < 30; ++n) s.failed(of_source(std::to_string(n)), 1s);
  CHECK_FALSE(s.degraded());
  for (int n = 0; n < 9; ++n) s.failed(of_source("29"), 1s);
  REQUIRE(s.degraded());
  CHECK(s.degraded()->find("wrote nothing") != std::string::npos);
}

TEST_CASE("a supervision remembers a bounded number of places") {
  supervision s({});
  s.failed(at_record("app.in/0/0"), 1s);
  s.failed(at_record("app.in/0/0"), 1s);
  for (int n = 1; n <= 1000; ++n) s.failed(at_record("app.in/0/" + std::to_string(n), std::to_string(n)), 1s);
  s.failed(at_record("app.in/0/0"), 1s); // forgotten long ago: the first again
  CHECK_FALSE(s.degraded());
  CHECK(s.failures() == 1003);
}

TEST_CASE("a supervision without restarts only counts") {
  supervision s({.restarts = false});
  for (int n = 0; n < 5; ++n) s.failed(at_record("app.in/0/0"), 1s);
  CHECK_FALSE(s.restart_at());
  CHECK_FALSE(s.degraded());
  CHECK(s.failures() == 5);
}

TEST_CASE("the advice on poison names the inlet's key, and is never without a word") {
  instance who;
  who.settings.name = streamlet_name("averages");
  streamlet::inlet_descriptor in;
  in.name = port_name("in");
  in.on_error = "fail";
  who.descriptor.inlets.push_back(in);
  who.settings.ports[port_name("in")].topic = topic_name("app/sensors.out");
  CHECK(advice_on(who, {"", "", "", "app/sensors.out/0/17"})
            .find("cloudflow.streamlets.averages.config.inlets.in.on-error=dead-letter") != std::string::npos);
  CHECK(
      advice_on(who, {"breaker", "", "inlet in", "app/sensors.out/0/17", "all is bad"}).find("dlq show averages.in") !=
      std::string::npos);
  who.descriptor.inlets[0].on_error = "default"; // it failed where no dead letter can be made
  CHECK(advice_on(who, {"", "", "", "app/sensors.out/0/17"}).find("fix the code") == 0);
  for (const auto* position : {"", "/", "17", "0/17", "elsewhere/0/17"})
    CHECK(advice_on(who, {"", "", "", position}).find("fix the code") == 0);
}
