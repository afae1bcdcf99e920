#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

/// Every element goes through a broadcast into two queues, which a merge joins again.
struct twice {
  template <class In> using output = In;
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    auto left = std::make_shared<boundary<In>>(4);
    auto right = std::make_shared<boundary<In>>(2);
    into.add_island(stream::detail::merge_driver<In>({left, right}, 30s), std::move(next));
    using stage = broadcast_sink<>::stage<In, boundary_out<In>, boundary_out<In>>;
    return stage(boundary_out<In>(left), boundary_out<In>(right));
  }
};

} // namespace

TEST_CASE("merge joins streams and completes when all did") {
  // [example]
  manual_runtime rt;
  in_probe<int> left(rt);
  in_probe<int> right(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(merge(source(left.make_port()), source(right.make_port())).to(sink(out.make_port())));
  out.request(10);
  left.push(1);
  right.push(2);
  out.expect({1, 2});
  // [/example]
  left.complete();
  CHECK(!out.ending());
  right.push(3);
  right.complete();
  out.expect({3});
  out.expect_complete();
}

TEST_CASE("merge fails when an input fails, and cancels the others") {
  manual_runtime rt;
  in_probe<int> left(rt);
  in_probe<int> right(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(merge(source(left.make_port()), source(right.make_port())).to(sink(out.make_port())));
  out.request(10);
  left.push(1);
  left.fail("gone");
  out.expect({1});
  out.expect_ending(end_kind::fail);
  CHECK(right.cancelled());
  CHECK(graph.finished());
}

TEST_CASE("merge passes the least watermark of its inputs") {
  manual_runtime rt;
  in_probe<int> left(rt);
  in_probe<int> right(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(
      merge({.idle_after = 10s}, source(left.make_port()), source(right.make_port())).to(sink(out.make_port())));
  out.request(10);
  left.watermark(at(5s));
  CHECK(out.watermark() == no_event_time);
  right.watermark(at(3s));
  CHECK(out.watermark() == at(3s));
  right.watermark(at(9s));
  CHECK(out.watermark() == at(5s));
}

TEST_CASE("merge does not wait for the watermark of an idle input") {
  manual_runtime rt;
  in_probe<int> left(rt);
  in_probe<int> right(rt);
  out_probe<int> out(rt);
  auto graph = rt.start(
      merge({.idle_after = 10s}, source(left.make_port()), source(right.make_port())).to(sink(out.make_port())));
  out.request(10);
  rt.advance(9s);
  left.watermark(at(5s));
  CHECK(out.watermark() == no_event_time);
  rt.advance(1s);
  CHECK(out.watermark() == at(5s));
  CHECK(rt.timers() == 0);
}

TEST_CASE("merge takes turns among busy inputs") {
  manual_runtime rt;
  collect<int> out;
  auto graph =
      rt.start(merge({.capacity = 64}, source(std::vector<int>(500, 1)), source(std::vector<int>(500, 2))).to(out));
  CHECK(graph.finished());
  const auto values = out.values();
  REQUIRE(values.size() == 1000);
  CHECK(std::count(values.begin(), values.begin() + 400, 1) > 100);
  CHECK(std::count(values.begin(), values.begin() + 400, 2) > 100);
}

TEST_CASE("broadcast and merge obey the operator contract under a thousand orders of islands") {
  check_operator_contract([] { return flow<int>().via(twice()); }, {.ordered = false, .inputs = 16, .seeds = 1000});
}

TEST_CASE("broadcast and merge keep the order within each branch") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    manual_runtime rt(seed);
    collect<int> out;
    auto graph = rt.start(source(std::views::iota(0, 50)).via(twice()).to(out));
    auto values = out.values();
    REQUIRE(values.size() == 100);
    // Whichever branch an element came by, its first copy comes after the first copy of its predecessor.
    std::vector<int> firsts;
    for (const int x : values) {
      if (std::find(firsts.begin(), firsts.end(), x) == firsts.end()) firsts.push_back(x);
    }
    CHECK_MESSAGE(std::is_sorted(firsts.begin(), firsts.end()), "seed " << seed);
  }
}

TEST_CASE("merge obeys the operator contract") { // OPERATOR_CONTRACT(merge): order between inputs is free
  check_operator_contract([] { return flow<int>().via(twice()).async(2); }, {.ordered = false});
}
