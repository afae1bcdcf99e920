#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>
#include <stdexcept>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

namespace {
int fussy(int x) {
  if (x == 13) throw std::runtime_error("thirteen");
  return x;
}
} // namespace

TEST_CASE("a source port is pulled no further than its sink has room") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map([](int x) { return x + 1; }));
  in.push(1, 2, 3);
  CHECK(in.pulled() == 0);
  out.request(2);
  out.expect({2, 3});
  CHECK(in.pulled() == 2);
  out.request(5);
  out.expect({4});
  in.complete();
  out.expect_complete();
  CHECK(graph.finished());
  CHECK(!out.overrun());
}

TEST_CASE("an offset is committed when its sink acknowledged it") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().filter([](int x) { return x % 2 == 0; }).async(4));
  out.hold_tokens();
  out.request(10);
  in.push(1, 2, 3, 4);
  out.expect({2, 4});
  CHECK(in.committed() == 1);
  CHECK(in.held() == 2);
  out.acknowledge();
  CHECK(in.committed() == 4);
  CHECK(in.held() == 0);
}

TEST_CASE("an inlet's policy skips a record whose processing threw") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(fussy));
  in.skip_failures();
  out.request(10);
  in.push(12, 13, 14);
  out.expect({12, 14});
  CHECK(in.skipped() == 1);
  CHECK(in.committed() == 3);
}

TEST_CASE("a source may push an element again whose processing threw") {
  manual_runtime rt;
  int calls = 0;
  auto [in, out, graph] = probes(rt, flow<int>().flat_map([&calls](int x) {
    if (x == 13 && ++calls < 3) throw std::runtime_error("thirteen");
    return std::vector<int>{x, -x};
  }));
  in.on_failure([](const failure& why, int& again) {
    CHECK(why.at->offset == record_offset(1));
    again = 13;
    return failure_decision::retry;
  });
  out.request(10);
  in.push(12, 13, 14);
  out.expect({12, -12, 13, -13, 14, -14});
  CHECK(calls == 3);
  CHECK(in.committed() == 3);
}

TEST_CASE("a source may stop at an element whose processing threw, and what came before it counts") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(fussy));
  in.on_failure([](const failure&, int&) { return failure_decision::stop; });
  in.queue(12);
  in.queue(13);
  in.queue(14);
  in.end({end_kind::complete, nullptr});
  in.watermark(timestamp(std::chrono::seconds(9)));
  out.request(10);
  out.expect({12});
  CHECK(in.committed() == 1);
  CHECK(in.held() == 0);
  CHECK(out.watermark() == no_event_time);
  out.expect_complete();
  CHECK(graph.finished());
}

TEST_CASE("a throw behind an async boundary fails the graph whatever the inlet's policy") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(4).map(fussy));
  in.skip_failures();
  out.request(10);
  in.push(12, 13, 14);
  out.expect({12});
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->message() == "map failed: std::runtime_error: thirteen (at probe/0/1)");
  CHECK(in.committed() == 1);
  CHECK(graph.finished());
}

TEST_CASE("drain lets elements in flight pass and ends") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(8));
  out.request(1);
  in.push(1, 2, 3);
  out.expect({1});
  graph.drain();
  rt.settle();
  CHECK(!graph.finished());
  out.request(10);
  out.expect({2, 3});
  out.expect_ending(end_kind::drain);
  CHECK(graph.finished());
  CHECK(in.committed() == 3);
}

TEST_CASE("abort ends a graph that waits, and commits nothing in flight") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(8));
  in.push(1, 2, 3);
  graph.abort();
  rt.settle();
  CHECK(graph.finished());
  out.expect_nothing();
  out.expect_ending(end_kind::abort);
  CHECK(in.committed() == 0);
  CHECK(in.held() == 0);
}

TEST_CASE("cancellation overtakes queued elements") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(8));
  in.push(1, 2, 3);
  out.cancel();
  CHECK(in.cancelled());
  CHECK(graph.finished());
  CHECK(in.committed() == 0);
}

TEST_CASE("a description says who waits for whom") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(fussy).async(2));
  in.push(1, 2, 3);
  const auto islands = graph.describe();
  REQUIRE(islands.size() == 2);
  CHECK(islands[0].name == "queue > probe");
  CHECK(islands[0].waits_for == wait_kind::port);
  CHECK(islands[0].inputs.at(0).fill == 2);
  CHECK(islands[1].name == "probe > map > queue");
  CHECK(islands[1].state == "idle");
  CHECK(islands[1].waits_for == wait_kind::room);
  CHECK(islands[1].waits_on == 0);
}
