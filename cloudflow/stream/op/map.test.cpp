#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("map applies its function to every element") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map([](int celsius) { return celsius * 9 / 5 + 32; }));
  out.request(2);
  in.push(0, 100);
  out.expect({32, 212});
  // [/example]
}

TEST_CASE("map takes members as functions") {
  struct reading {
    double value;
  };
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<reading>().map(&reading::value));
  out.request(1);
  in.push(reading{2.5});
  out.expect({2.5});
}

OPERATOR_CONTRACT(map, flow<int>().map([](int x) { return x + 0.5; }))
