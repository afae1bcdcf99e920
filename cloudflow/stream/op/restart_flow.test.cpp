#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

int parse(int x) {
  if (x < 0) throw std::runtime_error("below zero");
  return x;
}
constexpr restart_policy quick{.wait = {.min = 1s, .max = 4s, .jitter = 0}, .max_restarts = 2, .reset_after = 60s};

} // namespace

TEST_CASE("restart_flow makes its flow anew after a back-off") {
  // [example]
  manual_runtime rt;
  int made = 0;
  const auto connect = [&made] { return flow<int>().map([id = ++made](int x) { return parse(x) + 100 * id; }); };
  auto [in, out, graph] = probes(rt, flow<int>().restart_flow({.wait = {.min = 1s, .max = 4s, .jitter = 0}}, connect));
  out.request(10);
  in.push(1, -7, 2);
  out.expect({101});
  rt.advance(1s);
  out.expect({202});
  // [/example]
  CHECK(in.committed() == 3);
  CHECK(made == 2);
}

TEST_CASE("restart_flow passes on the failure after too many in a row") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().restart_flow(quick, [] { return flow<int>().map(parse); }));
  out.request(10);
  in.push(-1, -2, 3, -4);
  rt.advance(1s);
  out.expect_nothing();
  CHECK_FALSE(graph.finished());
  rt.advance(2s);
  out.expect({3});
  CHECK(graph.finished());
  out.expect_ending(end_kind::fail);
  CHECK(in.held() == 0);
}

TEST_CASE("restart_flow forgets failures after a quiet time") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().restart_flow(quick, [] { return flow<int>().map(parse); }));
  out.request(10);
  for (int i = 0; i < 5; ++i) {
    in.push(-1, i);
    rt.advance(1s);
    out.expect({i});
    rt.advance(60s);
  }
}

TEST_CASE("restart_flow notices completion and drain behind the back-off") {
  for (const bool drain : {true, false}) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().restart_flow(quick, [] { return flow<int>().map(parse); }));
    out.request(10);
    in.push(-1);
    if (drain) {
      graph.drain();
      rt.settle();
      out.expect_ending(end_kind::drain);
    } else {
      in.complete();
      rt.advance(1s);
      out.expect_complete();
    }
    CHECK(rt.timers() == 0);
    CHECK(in.committed() == 1);
  }
}

TEST_CASE("restart_flow fails when its factory throws") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().restart_flow(quick, [n = 0]() mutable {
    if (n++ > 0) throw std::runtime_error("no connection");
    return flow<int>().map(parse);
  }));
  out.request(10);
  in.push(-1);
  rt.advance(1s);
  REQUIRE(graph.finished());
  CHECK(wait_for(graph).why->message() == "restart_flow failed: std::runtime_error: no connection");
}

OPERATOR_CONTRACT(restart_flow, flow<int>().restart_flow({.wait = {.min = 0s, .max = 0s}}, [] {
  return flow<int>().map([](int x) {
    if (x % 3 == 1) throw std::runtime_error("no");
    return x;
  });
}))
