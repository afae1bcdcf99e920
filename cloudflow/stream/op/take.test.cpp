#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("take passes exactly so many elements and cancels upstream") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().take(2));
  out.request(10);
  in.push(1, 2, 3);
  out.expect({1, 2});
  out.expect_complete();
  // [/example]
  CHECK(in.pulled() == 2);
  CHECK(in.cancelled());
  CHECK(graph.finished());
  CHECK(in.committed() == 2);
}

TEST_CASE("take of nothing completes at once") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().take(0));
  out.expect_complete();
  CHECK(in.cancelled());
  CHECK(in.pulled() == 0);
}

TEST_CASE("take completes with upstream when there is less") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().take(5));
  out.request(10);
  in.push(1);
  in.complete();
  out.expect({1});
  out.expect_complete();
}

TEST_CASE("take obeys the operator contract") { // OPERATOR_CONTRACT(take): a new run counts anew, so no law of restarts
  const contract_options once{.restarts = false};
  check_operator_contract([] { return flow<int>().take(6); }, once);
  check_operator_contract([] { return flow<int>().take(0); }, once);
  check_operator_contract([] { return flow<int>().async(4).take(6).async(2); }, once);
}
