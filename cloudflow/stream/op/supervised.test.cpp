#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

namespace {

int parse(int x) {
  if (x < 0) throw std::runtime_error("below zero");
  return x;
}
auto always(directive what) {
  return [what](const failure&) { return what; };
}
/// Its own sum, which a restart takes back to 0.
auto running_sum() {
  return [sum = 0](int x) mutable { return sum += parse(x); };
}
std::uint64_t counted(const running& graph, std::string_view name) {
  std::uint64_t n = 0;
  for (const auto& each : graph.describe()) {
    for (const auto& [counter, value] : each.counters) n += counter == name ? value : 0;
  }
  return n;
}
int spoil(int x) {
  if (x % 3 == 1) throw std::runtime_error("no");
  return x;
}

} // namespace

TEST_CASE("supervised drops records that its flow throws at") {
  // [example]
  manual_runtime rt;
  const auto decide = [](const failure& why) {
    return why.type == "std::runtime_error" ? directive::resume : directive::stop;
  };
  auto [in, out, graph] =
      probes(rt, flow<int>().supervised(decide, flow<int>().map(parse).filter([](int x) { return x != 2; })));
  out.request(10);
  in.push(1, -7, 2, 3);
  out.expect({1, 3});
  CHECK(counted(graph, "supervised_total") == 1);
  // [/example]
  CHECK(in.committed() == 4);
}

TEST_CASE("supervised keeps what functions remember under resume and forgets it under restart") {
  for (const auto what : {directive::resume, directive::restart}) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().supervised(always(what), flow<int>().map(running_sum())));
    out.request(10);
    in.push(1, 2, -7, 4);
    out.expect({1, 3, what == directive::resume ? 7 : 4});
    CHECK(counted(graph, "supervised_total") == 1);
    CHECK(graph.describe().front().name == "probe > supervised > map > probe");
  }
}

TEST_CASE("supervised restarts operators that count") {
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<int>().supervised(always(directive::restart), flow<int>().map(parse).take(2)));
  out.request(10);
  in.push(1, -7, 2, 3, 4);
  out.expect({1, 2, 3});
  out.expect_complete();
  CHECK(in.cancelled());
}

TEST_CASE("supervised stops when its decider says so or throws") {
  for (const bool throws : {false, true}) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().supervised(
                                           [throws](const failure&) {
                                             if (throws) throw std::logic_error("worse");
                                             return directive::stop;
                                           },
                                           flow<int>().map(parse)));
    out.request(10);
    in.push(1, -7);
    out.expect({1});
    out.expect_ending(end_kind::fail);
    CHECK(wait_for(graph).why->text == (throws ? "worse" : "below zero"));
    CHECK(wait_for(graph).why->at->offset == record_offset(1));
  }
}

TEST_CASE("supervised leaves failures behind its flow alone") {
  manual_runtime rt;
  auto [in, out, graph] = probes(
      rt, flow<int>().supervised(always(directive::resume), flow<int>().map([](int x) { return x; })).map(parse));
  out.request(10);
  in.push(1, -7);
  out.expect_ending(end_kind::fail);
}

TEST_CASE("supervised leaves failures behind a flow that emits several to the inlet's policy") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> out(rt);
  in.skip_failures();
  auto graph = rt.start(source(in.make_port())
                            .supervised(always(directive::resume), flow<int>().map([](int x) { return x; }))
                            .map(parse)
                            .to(sink(out.make_port())));
  out.request(10);
  in.push(1, -7, 2);
  out.expect({1, 2});
  CHECK(in.skipped() == 1);
  CHECK(counted(graph, "supervised_total") == 0);
}

TEST_CASE("supervised takes back what a dropped record had made") {
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<int>().supervised(always(directive::resume), flow<int>()
                                                                       .flat_map([](int x) {
                                                                         return std::vector<int>{1, x};
                                                                       })
                                                                       .map(parse)));
  out.request(10);
  in.queue(5);
  in.queue(-7);
  in.push(6);
  out.expect({1, 5, 1, 6});
  CHECK(in.committed() == 3);
}

TEST_CASE("supervised refuses flows in which elements are under way") {
  const auto refused = [](auto inner, const char* name) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<int>().supervised(always(directive::resume), std::move(inner)));
    REQUIRE(graph.finished());
    const auto text = wait_for(graph).why->text;
    CAPTURE(text);
    CHECK(text.find(std::string("'") + name + "' stands in the flow of 'supervised'") == 0);
  };
  refused(flow<int>().grouped(3), "grouped");
  refused(flow<int>().async(3), "a queue");
  refused(flow<int>().map_async(3, parse), "map_async");
  refused(flow<int>().dedup([](int x) { return x; }, std::chrono::seconds(1)), "dedup");
}

OPERATOR_CONTRACT(supervised,
                  flow<int>().supervised(always(directive::resume), flow<int>().map(spoil).flat_map([](int x) {
                    return std::vector<int>{x, x};
                  })))

TEST_CASE("supervised obeys the operator contract under restart") {
  check_operator_contract(
      [] { return flow<int>().async(2).supervised(always(directive::restart), flow<int>().map(spoil)).async(2); });
}
