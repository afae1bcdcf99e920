#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

using namespace std::chrono_literals;

TEST_CASE("grouped_within emits a partial group when the window ends") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped_within(10, 100ms));
  out.request(1);
  in.push(1, 2);
  rt.advance(99ms);
  out.expect_nothing();
  rt.advance(1ms);
  out.expect({{1, 2}});
  // [/example]
}

TEST_CASE("grouped_within emits a full group before its window ends") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped_within(2, 100ms));
  out.request(5);
  in.push(1, 2, 3);
  out.expect({{1, 2}});
  rt.advance(100ms);
  out.expect({{3}});
}

TEST_CASE("grouped_within has no timer while it holds nothing") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped_within(2, 100ms));
  out.request(5);
  CHECK(rt.timers() == 0);
  in.push(1);
  CHECK(rt.timers() == 1);
  in.push(2);
  CHECK(rt.timers() == 0);
}

TEST_CASE("grouped_within emits an overdue group when demand comes") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped_within(10, 100ms));
  in.push(1);
  rt.advance(1s);
  out.expect_nothing();
  out.request(1);
  out.expect({{1}});
}

OPERATOR_CONTRACT(grouped_within, flow<int>().grouped_within(4, 1s))
