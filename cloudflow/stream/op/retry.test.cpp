#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

constexpr backoff quick{.min = 1s, .max = 4s, .jitter = 0};
/// Throws the first `times` calls.
auto busy(int times) {
  return [times](int x) mutable {
    if (times-- > 0) throw std::runtime_error("busy");
    return x * 10;
  };
}

} // namespace

TEST_CASE("retry tries an element again after a back-off") {
  // [example]
  manual_runtime rt;
  const auto busy_once = [calls = 0](int x) mutable {
    if (++calls == 2) throw std::runtime_error("busy");
    return x * 10;
  };
  auto [in, out, graph] = probes(rt, flow<int>().retry(3, {.min = 1s, .max = 4s, .jitter = 0}, busy_once));
  out.request(10);
  in.push(1, 2, 3);
  out.expect({10});
  rt.advance(999ms);
  out.expect_nothing();
  rt.advance(1ms);
  out.expect({20, 30});
  // [/example]
  CHECK(in.committed() == 3);
}

TEST_CASE("retry waits twice as long each time, up to a limit") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().retry(5, quick, busy(4)));
  out.request(10);
  in.push(7);
  rt.advance(1s + 2s + 4s + 4s - 1ns);
  out.expect_nothing();
  rt.advance(1ns);
  out.expect({70});
}

TEST_CASE("retry fails when the last try throws, at the element") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().retry(2, quick, busy(100)));
  out.request(10);
  in.push(7);
  rt.advance(1s);
  CHECK_FALSE(graph.finished());
  rt.advance(2s);
  REQUIRE(graph.finished());
  out.expect_ending(end_kind::fail);
  CHECK(wait_for(graph).why->at->offset == record_offset(0));
  CHECK(in.committed() == 0);
  CHECK(in.held() == 0);
}

TEST_CASE("retry emits what waits before completion, and on drain at once") {
  for (const bool drain : {true, false}) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().retry(2, quick, busy(1)));
    out.request(10);
    in.push(7);
    if (drain) {
      graph.drain();
      rt.settle();
      out.expect({70});
      out.expect_ending(end_kind::drain);
    } else {
      in.complete();
      CHECK_FALSE(out.ending());
      rt.advance(1s);
      out.expect({70});
    }
    CHECK(graph.finished());
    CHECK(rt.timers() == 0);
    CHECK(in.committed() == 1);
  }
}

OPERATOR_CONTRACT(retry, flow<int>().retry(3, backoff{.min = 0s, .max = 0s}, [n = 0](int x) mutable {
  if (++n % 3 != 0) throw std::runtime_error("busy");
  return x;
}))
