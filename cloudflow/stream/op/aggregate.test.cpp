#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

#include <cmath>
#include <string>

TEST_CASE("aggregate emits one value per key when the input completes") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<int>().key_by([](int x) { return x % 2; }).aggregate(max([](int x) { return x; })));
  out.request(10);
  in.push(4, 7, 2, 9);
  out.expect_nothing();
  in.complete();
  out.expect({{0, 4}, {1, 9}});
  // [/example]
  CHECK(in.committed() == 4);
}

TEST_CASE("aggregate emits nothing on drain and commits nothing") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().key_by([](int x) { return x; }).aggregate(count()));
  out.request(10);
  in.push(1, 2);
  graph.drain();
  rt.settle();
  out.expect_nothing();
  out.expect_ending(end_kind::drain);
  CHECK(in.committed() == 0);
  CHECK(in.held() == 0);
}

namespace {
template <class A> auto of(A how, const std::vector<double>& values) {
  auto first = how.template create<double>();
  auto second = how.template create<double>();
  for (std::size_t i = 0; i < values.size(); ++i) how.add(i % 2 == 0 ? first : second, values[i]);
  how.merge(first, second);
  return how.result(first);
}
constexpr auto self = [](double x) { return x; };
} // namespace

TEST_CASE("aggregators come to the same over merged parts") {
  const std::vector<double> values{3, -1, 4, 1.5};
  CHECK(of(count(), values) == 4);
  CHECK(of(sum(self), values) == 7.5);
  CHECK(of(min(self), values) == -1);
  CHECK(of(max(self), values) == 4);
  CHECK(of(avg(self), values) == 1.875);
  CHECK(of(all(), values) == std::vector<double>{3, 4, -1, 1.5});
}

TEST_CASE("avg does not lose small terms among great ones") { CHECK(of(avg(self), {1e16, 1.0, -1e16, 1.0}) == 0.5); }

TEST_CASE("sum of an infinity is that infinity") { CHECK(std::isinf(of(sum(self), {1.0, INFINITY, 2.0}))); }

TEST_CASE("aggregate with a task state is done with what it absorbed, and goes on in the next run") {
  const auto state = std::make_shared<memory_task_state>();
  const auto sums = [] { return flow<int>().key_by([](int x) { return x % 3; }).aggregate(avg(self)); };
  {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, sums(), {.state = state});
    out.request(10);
    in.push(1, 2, 4);
    CHECK(in.committed() == 3);
    graph.drain();
    rt.settle();
    out.expect_nothing();
    state->commit(commit_id(1));
    CHECK(state->size() == 2);
  }
  state->crash();
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, sums(), {.state = state});
  out.request(10);
  in.push(7, 5);
  in.complete();
  out.expect({{1, 4.0}, {2, 3.5}});
  state->commit(commit_id(1));
  CHECK(state->size() == 0);
}

OPERATOR_CONTRACT(aggregate,
                  flow<int>().key_by([](int x) { return x % 3; }).aggregate(sum([](int x) { return x; })).async(2))
