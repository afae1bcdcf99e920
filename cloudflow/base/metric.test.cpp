#include "cloudflow/base/metric.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

TEST_CASE("the same name and labels give the same counter, in any order of labels") {
  metric_registry metrics;
  metrics.get_counter("records_total", {{"port", "in"}, {"app", "a"}}).add(2);
  metrics.get_counter("records_total", {{"app", "a"}, {"port", "in"}}).add(3);
  CHECK(metrics.get_counter("records_total", {{"app", "a"}, {"port", "in"}}).value() == 5);
}

TEST_CASE("the exposition has help, type and escaped labels") {
  metric_registry metrics;
  metrics.get_counter("records_in_total", {{"port", "a\"b\n"}}, "Records read.").add(7);
  metrics.get_gauge("lag", {}).set(2.5);
  CHECK(metrics.exposition() == "# TYPE lag gauge\nlag 2.5\n"
                                "# HELP records_in_total Records read.\n# TYPE records_in_total counter\n"
                                "records_in_total{port=\"a\\\"b\\n\"} 7\n");
}
