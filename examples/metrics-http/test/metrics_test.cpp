#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "cloudflow/testkit/streamlet/streamlet_test.hpp"
#include "metrics_schemas/metric.hpp"
#include "metrics_schemas/rejected.hpp"

using namespace cloudflow;
using namespace std::chrono_literals;
using metrics::metric;
using metrics::rejected;
using testkit::streamlet_test;

namespace {

metric power(std::string device, double value) {
  return {std::move(device), timestamp(1s), "power", value, std::nullopt};
}

} // namespace

// tag::http_test[]
TEST_CASE("http_ingress accepts a metric when the log has it") {
  streamlet_test t("metrics.http-ingress");
  auto http = t.http();
  auto out = t.probe<metric>("out");
  t.start();

  auto answer = http.send("POST", "/", R"({"device":"wt-1","timestamp":1000,"name":"power","value":3.5})");
  t.run();
  CHECK(answer.status() == 202);
  out.expect({power("wt-1", 3.5)});
}
// end::http_test[]

TEST_CASE("http_ingress takes lines, and says where the first bad one is") {
  streamlet_test t("metrics.http-ingress");
  auto http = t.http();
  auto out = t.probe<metric>("out");
  t.start();

  auto answer = http.send("POST", "/stream",
                          "{\"device\":\"wt-1\",\"timestamp\":1000,\"name\":\"power\",\"value\":1}\n"
                          "{\"device\":\"wt-2\",\"timestamp\":1000,\"name\":\"power\",\"value\":\"much\"}\n");
  t.run();
  CHECK(answer.status() == 400);
  CHECK(answer.body().find("\"accepted\":1,\"error\":{\"line\":2") != std::string::npos);
  out.expect({power("wt-1", 1)});
}

TEST_CASE("validation sends each metric one way") {
  streamlet_test t("metrics.validation");
  t.config("max-value", 100.0);
  auto in = t.tap<metric>("in");
  auto valid = t.probe<metric>("valid");
  auto invalid = t.probe<rejected>("invalid");
  t.start();

  in.push(power("wt-1", 100));
  in.push(power("wt-1", 101));
  in.push(power("wt-2", -1));
  in.push(power("", 1));
  t.run();
  valid.expect({power("wt-1", 100)});
  invalid.expect({{"wt-1", "power", 101, "its value is too large"},
                  {"wt-2", "power", -1, "its value is negative"},
                  {"", "power", 1, "it has no device"}});
  CHECK(in.committed() == 4);
}

TEST_CASE("reports print one line a record") {
  streamlet_test valid("metrics.valid-report");
  auto in = valid.tap<metric>("in");
  valid.start();
  in.push({"wt-1", timestamp(1s), "power", 3.5, "MW"});
  valid.run();
  CHECK(valid.console() == std::vector<std::string>{R"({"valid":"wt-1","name":"power","value":3.5,"unit":"MW"})"});

  streamlet_test invalid("metrics.invalid-report");
  auto bad = invalid.tap<rejected>("in");
  invalid.start();
  bad.push({"wt-1", "power", -1, "its value is negative"});
  invalid.run();
  CHECK(invalid.console() ==
        std::vector<std::string>{R"({"invalid":"wt-1","name":"power","value":-1.0,"reason":"its value is negative"})"});
}
