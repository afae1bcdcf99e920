#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("async queues no more than its capacity") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(4));
  in.push(1, 2, 3, 4, 5, 6);
  CHECK(in.pulled() == 4);
  out.request(10);
  out.expect({1, 2, 3, 4, 5, 6});
  // [/example]
}

TEST_CASE("async passes watermarks in their place") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(2));
  in.push(1, 2);
  in.watermark(timestamp(std::chrono::milliseconds(7)));
  out.request(1);
  CHECK(out.watermark() == no_event_time);
  out.request(2);
  CHECK(out.watermark() == timestamp(std::chrono::milliseconds(7)));
}

TEST_CASE("async obeys the operator contract under a thousand orders of islands") {
  check_operator_contract([] { return flow<int>().async(2).map([](int x) { return x; }).async(4); },
                          {.inputs = 20, .seeds = 1000});
}

OPERATOR_CONTRACT(async, flow<int>().async(4))
