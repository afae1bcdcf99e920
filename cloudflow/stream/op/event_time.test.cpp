#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

TEST_CASE("event_time moves the watermark behind the latest element") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<int>().event_time([](int s) { return timestamp(std::chrono::seconds(s)); }, 5s));
  out.request(10);
  in.push(60);
  CHECK(out.watermark() == timestamp(55s));
  in.push(40);
  CHECK(out.watermark() == timestamp(55s));
  // [/example]
  CHECK(out.meta().at(1).time == timestamp(40s));
}

OPERATOR_CONTRACT(event_time, flow<int>().event_time([](int s) { return timestamp(std::chrono::seconds(s)); }))
