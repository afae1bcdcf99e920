#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

TEST_CASE("broadcast gives every element to every branch") {
  // [example]
  manual_runtime rt;
  collect<int> all;
  collect<int> large;
  auto graph = rt.start(
      source(std::vector{5, 15, 25}).broadcast(all, flow<int>().filter([](int x) { return x > 10; }).to(large)));
  CHECK(all.values() == std::vector{5, 15, 25});
  CHECK(large.values() == std::vector{15, 25});
  // [/example]
  CHECK(graph.finished());
}

TEST_CASE("broadcast goes as fast as its slowest branch") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> fast(rt);
  out_probe<int> slow(rt);
  auto graph = rt.start(source(in.make_port()).broadcast(sink(fast.make_port()), sink(slow.make_port())));
  fast.request(10);
  slow.request(1);
  in.push(1, 2, 3);
  fast.expect({1});
  slow.expect({1});
  slow.cancel();
  fast.expect({2, 3});
  CHECK(!in.cancelled());
  fast.cancel();
  CHECK(in.cancelled());
  CHECK(graph.finished());
}

TEST_CASE("an offset is done when every branch of a broadcast is done with it") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> one(rt);
  out_probe<int> two(rt);
  auto graph =
      rt.start(source(in.make_port()).broadcast(flow<int>().async(2).to(sink(one.make_port())), sink(two.make_port())));
  two.hold_tokens();
  one.request(10);
  two.request(10);
  in.push(1);
  one.expect({1});
  CHECK(in.committed() == 0);
  two.acknowledge();
  CHECK(in.committed() == 1);
}

TEST_CASE("broadcast fails as a whole when a branch fails") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> one(rt);
  out_probe<int> two(rt);
  auto graph =
      rt.start(source(in.make_port()).broadcast(flow<int>().async(2).to(sink(one.make_port())), sink(two.make_port())));
  one.request(1);
  two.request(1);
  one.fail("no more");
  two.expect_ending(end_kind::fail);
  CHECK(graph.finished());
}

TEST_CASE("broadcast obeys the operator contract under a thousand orders of islands") {
  // OPERATOR_CONTRACT(broadcast): a cancelled probe leaves the ignored branch running, so cancel is tested above
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    manual_runtime rt(seed);
    collect<int> left;
    collect<int> right;
    auto graph = rt.start(source(std::views::iota(0, 30))
                              .broadcast(flow<int>().async(2).to(left), flow<int>().async(4).async(2).to(right)));
    REQUIRE(graph.finished());
    std::vector<int> wanted(30);
    for (int i = 0; i < 30; ++i) wanted[static_cast<std::size_t>(i)] = i;
    CHECK_MESSAGE(left.values() == wanted, "seed " << seed);
    CHECK_MESSAGE(right.values() == wanted, "seed " << seed);
  }
}
