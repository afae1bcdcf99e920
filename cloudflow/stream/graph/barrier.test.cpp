#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

TEST_CASE("a barrier with nothing in flight passes in one turn, without demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map([](int x) { return x; }));
  bool arrived = false;
  graph.barrier(commit_id(1), [&] { arrived = true; });
  REQUIRE(rt.step());
  CHECK(arrived);
  CHECK(out.barrier() == commit_id(1));
}

TEST_CASE("a barrier passes a queue whose reader has no demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(4));
  bool arrived = false;
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  CHECK(arrived);
}

TEST_CASE("a barrier stays behind the elements before it and holds those behind it back") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(4).map([](int x) { return x; }).async(4));
  bool arrived = false;
  in.push(1, 2, 3);
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  CHECK(!arrived);
  in.push(4, 5);
  out.request(10);
  out.expect({1, 2, 3});
  CHECK(arrived);
  CHECK(out.before_barrier() == 3);
  CHECK(in.take_progress(commit_id(1)) == 3);
  graph.release(commit_id(1));
  rt.settle();
  out.expect({4, 5});
}

TEST_CASE("what was read before a barrier is committed when it has arrived, though more was read") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(8));
  in.push(1, 2, 3, 4);
  out.request(100);
  bool arrived = false;
  in.queue(5);
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  in.push(6);
  REQUIRE(arrived);
  const auto seen = out.take().size();
  CHECK(in.take_progress(commit_id(1)) == static_cast<std::int64_t>(seen));
}

TEST_CASE("a merge waits for the barriers of all its inputs") {
  manual_runtime rt;
  in_probe<int> a(rt);
  in_probe<int> b(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(merge(source(a.make_port()).async(4), source(b.make_port())).to(sink(out.make_port())));
  out.request(1);
  a.push(1, 2, 3);
  b.push(10, 20);
  bool arrived = false;
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  CHECK(!arrived);
  a.push(4);
  b.push(30);
  out.request(100);
  CHECK(arrived);
  CHECK(out.take().size() == 5);
  CHECK(a.take_progress(commit_id(1)) == 3);
  CHECK(b.take_progress(commit_id(1)) == 2);
  graph.release(commit_id(1));
  rt.settle();
  CHECK(out.take().size() == 2);
}

TEST_CASE("an input of a merge that ended has every barrier") {
  manual_runtime rt;
  in_probe<int> a(rt);
  in_probe<int> b(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(merge(source(a.make_port()), source(b.make_port())).to(sink(out.make_port())));
  out.request(100);
  a.push(1);
  a.complete();
  b.push(10);
  bool arrived = false;
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  CHECK(arrived);
  CHECK(a.take_progress(commit_id(1)) == 1);
  CHECK(b.take_progress(commit_id(1)) == 1);
}

TEST_CASE("every branch must have the barrier, one that ended has it") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> slow(rt);
  out_probe<int> one(rt);
  collect<int> all;
  auto graph = rt.start(source(in.make_port())
                            .broadcast(flow<int>().async(8).to(sink(slow.make_port())),
                                       flow<int>().take(1).to(sink(one.make_port())), all));
  one.request(5);
  slow.request(1);
  in.push(1, 2, 3);
  one.expect_complete();
  bool arrived = false;
  graph.barrier(commit_id(1), [&] { arrived = true; });
  rt.settle();
  CHECK(!arrived);
  slow.request(10);
  CHECK(arrived);
  in.push(4);
  CHECK(all.values().size() == 3);
  graph.release(commit_id(1));
  rt.settle();
  CHECK(all.values().size() == 4);
}

TEST_CASE("a graph that ends has every barrier; one that fails or is aborted has none") {
  for (const auto how : {end_kind::complete, end_kind::drain, end_kind::abort, end_kind::fail}) {
    CAPTURE(name_of(how));
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().async(4));
    in.push(1, 2, 3);
    bool arrived = false;
    graph.barrier(commit_id(1), [&] { arrived = true; });
    rt.settle();
    if (how == end_kind::complete) in.complete();
    if (how == end_kind::drain) graph.drain();
    if (how == end_kind::abort) graph.abort();
    if (how == end_kind::fail) out.fail("disk full");
    rt.settle();
    out.request(10);
    const bool orderly = how == end_kind::complete || how == end_kind::drain;
    CHECK(arrived == orderly);
    if (orderly) graph.release(commit_id(1));
    rt.settle();
    CHECK(graph.finished());
  }
}

TEST_CASE("ordered and unordered calls are all out before a barrier is") {
  for (const auto order : {ordering::ordered, ordering::unordered}) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      CAPTURE(seed);
      manual_runtime rt(seed);
      auto [in, out, graph] = probes(rt, flow<int>()
                                             .map_async(
                                                 3, [](int x) { return x; }, order)
                                             .async(2));
      bool arrived = false;
      for (int i = 0; i < 5; ++i) in.queue(i);
      in.offer(5);
      out.grant(100);
      for (std::uint64_t i = 0; i < seed % 17; ++i) rt.step();
      graph.barrier(commit_id(1), [&] { arrived = true; });
      rt.settle();
      REQUIRE(arrived);
      const auto before = static_cast<std::int64_t>(out.take().size());
      CHECK(in.take_progress(commit_id(1)).value_or(0) == before);
      graph.release(commit_id(1));
      rt.settle();
      CHECK(before + static_cast<std::int64_t>(out.take().size()) == 6);
    }
  }
}
