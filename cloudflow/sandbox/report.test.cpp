#include "cloudflow/sandbox/report.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::sandbox;

namespace {

// Every event once, in the order of a run.
std::string told(run_report& report, std::string& out) {
  const std::vector<port_rates::row> ports = {{"a.out", false, 1500, 12}, {"b.in", true, 0, 7}};
  backend::instance_status bad;
  bad.name = streamlet_name("b");
  bad.failure.emplace();
  bad.failure->text = "no\nidea";
  bad.failure->position = "t/0/5";
  bad.phase = backend::instance_phase::restarting;
  bad.failures = 2;
  bad.restart_wait = std::chrono::seconds(2);
  auto worse = bad;
  worse.phase = backend::instance_phase::degraded;
  worse.failures = 3;
  worse.verdict = "poison at t/0/5";
  worse.advice = "fix the code";
  auto last = bad;
  last.phase = backend::instance_phase::failed;
  backend::instance_status fine;
  fine.name = streamlet_name("a");
  fine.phase = backend::instance_phase::completed;
  out.clear();
  report.rates(ports);
  report.rates(ports);
  report.completed(streamlet_name("a"));
  report.serving(fine.name, "http://127.0.0.1:3000");
  report.failed(bad, "/tmp/b.log");
  report.failed(worse, "/tmp/b.log");
  report.failed(last, "/tmp/b.log");
  report.draining("ENTER");
  report.given_up("too late", {"b waits"});
  report.ended("failed", {fine, worse}, ports);
  return out;
}

} // namespace

TEST_CASE("a run's report for programs is one JSON object a line") {
  std::string out;
  const auto report = json_report([&](std::string_view text) { out += text; });
  CHECK(
      told(*report, out) ==
      R"({"event":"rates","ports":[{"port":"a.out","direction":"out","per_second":1500.0,"records":12},)"
      R"({"port":"b.in","direction":"in","per_second":0.0,"records":7}]})"
      "\n"
      R"({"event":"rates","ports":[{"port":"a.out","direction":"out","per_second":1500.0,"records":12},)"
      R"({"port":"b.in","direction":"in","per_second":0.0,"records":7}]})"
      "\n"
      R"({"event":"completed","streamlet":"a"})"
      "\n"
      R"({"event":"serving","streamlet":"a","address":"http://127.0.0.1:3000"})"
      "\n"
      R"({"event":"failed","streamlet":"b","what":"no\nidea","type":"","where":"","record":"t/0/5","log":"/tmp/b.log",)"
      R"("phase":"restarting","failures":2,"restarts_in_seconds":2.0})"
      "\n"
      R"({"event":"failed","streamlet":"b","what":"no\nidea","type":"","where":"","record":"t/0/5","log":"/tmp/b.log",)"
      R"("phase":"degraded","failures":3,"verdict":"poison at t/0/5","try":"fix the code"})"
      "\n"
      R"({"event":"failed","streamlet":"b","what":"no\nidea","type":"","where":"","record":"t/0/5","log":"/tmp/b.log",)"
      R"("phase":"failed","failures":2})"
      "\n"
      R"({"event":"draining","because":"ENTER"})"
      "\n"
      R"({"event":"given-up","because":"too late","waiting":["b waits"]})"
      "\n"
      R"({"event":"ended","outcome":"failed","streamlets":[{"name":"a","phase":"completed","failures":0},)"
      R"({"name":"b","phase":"degraded","failures":3,"verdict":"poison at t/0/5"}],"ports":[{"port":"a.out","direction":"out","records":12},)"
      R"({"port":"b.in","direction":"in","records":7}]})"
      "\n");
}

TEST_CASE("a run's report for people renews its rates on a terminal and tells none elsewhere") {
  std::string out;
  const auto terminal = text_report([&](std::string_view text) { out += text; }, true);
  CHECK(told(*terminal, out).find("\x1b[2A\x1b[J  a.out" + std::string(25, ' ') + "out 1.5 k/s") != std::string::npos);
  CHECK(out.find("'a' completed") == std::string::npos);
  const auto pipe = text_report([&](std::string_view text) { out += text; }, false);
  CHECK(told(*pipe, out) == "streamlet 'a' completed\n"
                            "streamlet 'a' serves http://127.0.0.1:3000\n"
                            "streamlet 'b' failed, restarting in 2 s (2nd time)\n  what      no\nidea\n  record    "
                            "t/0/5\n  log       /tmp/b.log\n"
                            "streamlet 'b' failed for the 3rd time and is degraded: poison at t/0/5\n  what      "
                            "no\nidea\n  record    t/0/5\n  log       /tmp/b.log\n"
                            "  try       fix the code\n"
                            "streamlet 'b' failed\n  what      no\nidea\n  record    t/0/5\n  log       /tmp/b.log\n"
                            "ENTER: draining\ntoo late\n  b waits\n"
                            "  a                             completed\n"
                            "  b                             degraded: poison at t/0/5, failed 3 times\n"
                            "  a.out                         wrote   12 records\n"
                            "  b.in                          read    7 records\n");
}

TEST_CASE("a run's report tells how many records an inlet left out and put aside") {
  metric_registry metrics;
  const metric_labels labels{{"app", "x"}, {"streamlet", "b"}, {"port", "in"}};
  metrics.get_counter("cloudflow_records_in_total", labels, "").add(7);
  metrics.get_counter("cloudflow_records_skipped_total", labels, "").add(2);
  metrics.get_counter("cloudflow_dead_letters_total", labels, "").add(1);
  const auto rows = port_rates().look(metrics, {});
  std::string out;
  const auto tell = [&](std::string_view text) { out += text; };
  text_report(tell, false)->ended("completed", {}, rows);
  CHECK(out == "  b.in                          read    7 records, 2 left out, 1 dead letter\n");
  out.clear();
  json_report(tell)->ended("completed", {}, rows);
  CHECK(out.find(R"("records":7,"left_out":2,"dead_letters":1})") != std::string::npos);
}
