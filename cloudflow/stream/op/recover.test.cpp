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
std::optional<int> last_is(int value) { return value; }
auto minus_one() {
  return [](const failure&) { return last_is(-1); };
}

} // namespace

TEST_CASE("recover emits one last element instead of a failure and completes") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(parse).recover([](const failure& why) -> std::optional<int> {
    if (why.type != "std::runtime_error") return std::nullopt; // goes on as a failure
    return -1;
  }));
  out.request(10);
  in.push(1, 2, -7, 3);
  out.expect({1, 2, -1});
  out.expect_complete();
  // [/example]
  CHECK(in.cancelled());
  CHECK(wait_for(graph).kind == end_kind::complete);
  CHECK(in.committed() == 2);
  CHECK(in.held() == 0);
}

TEST_CASE("recover passes a failure that its function answers with nothing") {
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<int>().map(parse).recover([](const failure&) { return std::optional<int>(); }));
  out.request(10);
  in.push(1, -7);
  out.expect({1});
  out.expect_ending(end_kind::fail);
  CHECK(wait_for(graph).why->text == "below zero");
}

TEST_CASE("recover passes what its own function throws") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(parse).recover([](const failure&) -> std::optional<int> {
    throw std::logic_error("worse");
  }));
  out.request(10);
  in.push(-7);
  out.expect_ending(end_kind::fail);
  CHECK(wait_for(graph).why->message() == "recover failed: std::logic_error: worse");
}

TEST_CASE("recover answers a source that failed, across queues") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().async(4).map(parse).async(4).recover(minus_one()).async(4));
  out.request(10);
  in.push(1, 2);
  in.fail("disk full");
  out.expect({1, 2, -1});
  out.expect_complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
}

TEST_CASE("recover holds the last element until there is demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().map(parse).recover(minus_one()));
  out.request(1);
  in.push(1);
  in.fail("disk full");
  out.expect({1});
  CHECK_FALSE(out.ending());
  out.request(1);
  out.expect({-1});
  out.expect_complete();
}

TEST_CASE("recover leaves failures behind it alone") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().recover(minus_one()).map(parse));
  out.request(10);
  in.push(1, -7);
  out.expect({1});
  out.expect_ending(end_kind::fail);
  CHECK(wait_for(graph).kind == end_kind::fail);
}

TEST_CASE("recover answers what another recover in front of it left") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>()
                                         .map(parse)
                                         .recover([](const failure&) { return std::optional<int>(); })
                                         .async(2)
                                         .map(parse)
                                         .recover(minus_one()));
  out.request(10);
  in.push(-7);
  out.expect({-1});
  out.expect_complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
}

TEST_CASE("recover answers what is thrown after the source ended") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>()
                                         .flat_map([](int x) {
                                           return std::vector<int>{x, -x, x};
                                         })
                                         .map(parse)
                                         .recover([](const failure&) { return last_is(99); }));
  in.push(5);
  out.request(1);
  in.complete();
  out.request(5);
  out.expect({5, 99});
  out.expect_complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
  CHECK(in.committed() == 0);
}

TEST_CASE("recover in one branch does not hide a failure from in front of all branches") {
  manual_runtime rt;
  in_probe<int> in(rt);
  out_probe<int> a(rt);
  out_probe<int> b(rt);
  auto graph = rt.start(source(in.make_port())
                            .map(parse)
                            .broadcast(flow<int>().recover(minus_one()).to(sink(a.make_port())), sink(b.make_port())));
  a.request(10);
  b.request(10);
  in.push(1, -7);
  a.expect({1});
  b.expect({1});
  CHECK(wait_for(graph).kind == end_kind::fail);
}

TEST_CASE("recover emits a prefix and the last element under every order of islands") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    CAPTURE(seed);
    manual_runtime rt(seed);
    seeded_random random(seed);
    auto [in, out, graph] = probes(rt, flow<int>()
                                           .async(2)
                                           .flat_map([](int x) {
                                             return std::vector<int>{x, x};
                                           })
                                           .map(parse)
                                           .async(2)
                                           .recover(minus_one())
                                           .async(2));
    const int bad = static_cast<int>(random.below(8));
    const bool by_source = random.below(2) == 0;
    for (int i = 0; i < bad; ++i) in.offer(i);
    if (by_source)
      in.end({end_kind::fail, std::make_shared<const failure>(failure{"error", "gone", "probe", std::nullopt})});
    else
      in.offer(-7);
    for (int i = 0; i < 2'000 && !graph.finished(); ++i) {
      if (random.below(3) == 0)
        out.grant(1);
      else
        rt.step();
    }
    REQUIRE(graph.finished());
    std::vector<int> wanted;
    for (int i = 0; i < bad; ++i) wanted.insert(wanted.end(), {i, i});
    wanted.push_back(-1);
    CHECK(out.take() == wanted);
    out.expect_complete();
    CHECK(wait_for(graph).kind == end_kind::complete);
    CHECK_FALSE(out.overrun());
    CHECK(in.held() == 0);
    CHECK(in.committed() <= bad);
  }
}

OPERATOR_CONTRACT(recover, flow<int>().async(2).recover([](const failure&) { return std::optional<int>(); }).async(2))
