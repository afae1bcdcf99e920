#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

#include <stdexcept>

TEST_CASE("map_async runs several calls at a time and keeps their order") {
  // [example]
  manual_runtime rt(3); // the calls run in a random order
  auto [in, out, graph] = probes(rt, flow<int>().map_async(4, [](int x) { return x * x; }));
  out.request(10);
  in.push(1, 2, 3);
  out.expect({1, 4, 9});
  // [/example]
}

TEST_CASE("map_async takes as many elements as calls may be in flight") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map_async(3, [](int x) { return x; }));
  in.push(1, 2, 3, 4, 5);
  CHECK(in.pulled() == 3);
  CHECK(in.committed() == 0);
  out.request(1);
  CHECK(in.pulled() == 4);
}

TEST_CASE("map_async fails at the place of the element whose call threw") {
  manual_runtime rt(11);
  auto [in, out, graph] = probes(rt, flow<int>().map_async(4, [](int x) {
    if (x == 3) throw std::runtime_error("three");
    return x;
  }));
  out.request(10);
  in.push(1, 2, 3, 4);
  out.expect({1, 2});
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->message() == "map_async failed: std::runtime_error: three (at probe/0/2)");
  CHECK(in.held() == 0);
  CHECK(in.committed() == 2);
}

TEST_CASE("map_async passes a watermark behind the results in front of it") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map_async(4, [](int x) { return x; }));
  in.push(1, 2);
  in.watermark(timestamp(std::chrono::milliseconds(7)));
  out.request(1);
  CHECK(out.watermark() == no_event_time);
  out.request(1);
  CHECK(out.watermark() == timestamp(std::chrono::milliseconds(7)));
}

TEST_CASE("map_async obeys the operator contract under a thousand orders of calls") {
  check_operator_contract([] { return flow<int>().map_async(3, [](int x) { return x + 1; }); },
                          {.inputs = 20, .seeds = 1000});
}

TEST_CASE("unordered map_async obeys the operator contract under a thousand orders of calls") {
  check_operator_contract(
      [] {
        return flow<int>()
            .map_async(
                4, [](int x) { return x + 1; }, ordering::unordered)
            .async(2);
      },
      {.ordered = false, .inputs = 20, .seeds = 1000});
}

OPERATOR_CONTRACT(map_async, flow<int>().async(2).map_async(2, [](int x) { return x; }))
