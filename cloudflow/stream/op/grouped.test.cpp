#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("grouped emits full groups, and the rest at the end") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped(2));
  out.request(10);
  in.push(1, 2, 3);
  out.expect({{1, 2}});
  in.complete();
  out.expect({{3}});
  // [/example]
  out.expect_complete();
}

TEST_CASE("grouped holds offsets until its group is emitted and acknowledged") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped(3));
  out.hold_tokens();
  out.request(10);
  in.push(1, 2, 3, 4);
  CHECK(in.committed() == 0);
  out.acknowledge();
  CHECK(in.committed() == 3);
  graph.drain();
  rt.settle();
  CHECK(in.committed() == 3);
  CHECK(in.held() == 0);
  out.expect({{1, 2, 3}});
  out.expect_ending(end_kind::drain);
}

TEST_CASE("grouped takes one element less than a group while downstream has no demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped(3));
  in.push(1, 2, 3, 4);
  CHECK(in.pulled() == 2);
  out.request(1);
  out.expect({{1, 2, 3}});
}

TEST_CASE("grouped holds a watermark back behind its group") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().grouped(2));
  out.request(10);
  in.push(1);
  in.watermark(timestamp(std::chrono::milliseconds(9)));
  CHECK(out.watermark() == no_event_time);
  in.push(2);
  CHECK(out.watermark() == timestamp(std::chrono::milliseconds(9)));
}

OPERATOR_CONTRACT(grouped, flow<int>().grouped(4))
OPERATOR_CONTRACT(grouped_by_one, flow<int>().grouped(1))
OPERATOR_CONTRACT(grouped_between_queues, flow<int>().async(2).grouped(3).async(2))
