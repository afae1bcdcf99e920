#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("filter passes what its predicate holds for and counts the rest") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().filter([](int x) { return x > 10; }));
  out.request(10);
  in.push(5, 15, 7, 20);
  out.expect({15, 20});
  // [/example]
  CHECK(in.committed() == 4);
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("filtered_total", 2));
}

TEST_CASE("filter asks for more than it was asked for when it drops") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().filter([](int x) { return x > 10; }));
  out.request(1);
  in.push(1, 2, 3, 11, 12);
  out.expect({11});
  CHECK(in.pulled() == 4);
}

OPERATOR_CONTRACT(filter, flow<int>().filter([](int x) { return x % 3 != 0; }))
