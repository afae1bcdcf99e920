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
  out.clear();
  report.rates(ports);
  report.rates(ports);
  report.completed(streamlet_name("a"));
  report.failed(bad, "/tmp/b.log");
  report.draining("ENTER");
  report.given_up("too late", {"b waits"});
  report.ended("failed", ports);
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
      R"({"event":"failed","streamlet":"b","what":"no\nidea","type":"","where":"","record":"t/0/5","log":"/tmp/b.log"})"
      "\n"
      R"({"event":"draining","because":"ENTER"})"
      "\n"
      R"({"event":"given-up","because":"too late","waiting":["b waits"]})"
      "\n"
      R"({"event":"ended","outcome":"failed","ports":[{"port":"a.out","direction":"out","records":12},)"
      R"({"port":"b.in","direction":"in","records":7}]})"
      "\n");
}

TEST_CASE("a run's report for people renews its rates on a terminal and tells none elsewhere") {
  std::string out;
  const auto terminal = text_report([&](std::string_view text) { out += text; }, true);
  CHECK(told(*terminal, out).find("\x1b[2A\x1b[J  a.out" + std::string(25, ' ') + "out 1.5 k/s") != std::string::npos);
  CHECK(out.find("completed") == std::string::npos);
  const auto pipe = text_report([&](std::string_view text) { out += text; }, false);
  CHECK(told(*pipe, out) == "streamlet 'a' completed\n"
                            "streamlet 'b' failed\n  what      no\nidea\n  record    t/0/5\n  log       /tmp/b.log\n"
                            "ENTER: draining\ntoo late\n  b waits\n"
                            "  a.out                         wrote   12 records\n"
                            "  b.in                          read    7 records\n");
}
