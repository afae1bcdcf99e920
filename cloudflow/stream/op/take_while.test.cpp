#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("take_while ends at the first element that does not fit") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().take_while([](int x) { return x < 3; }));
  out.request(10);
  in.push(1, 2, 3, 1);
  out.expect({1, 2});
  out.expect_complete();
  // [/example]
  CHECK(in.cancelled());
  CHECK(graph.finished());
}

OPERATOR_CONTRACT(take_while, flow<int>().take_while([](int x) { return x < 8; }))
