#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/stream/run/pool.hpp"

#include <doctest/doctest.h>
#include <numeric>
#include <stdexcept>

using namespace cloudflow;
using namespace cloudflow::stream;

TEST_CASE("a fused chain folds what it filtered") {
  pool_runtime rt;
  outcome_of<long> sum;
  auto graph = source(std::views::iota(0L, 1000L))
                   .map([](long x) { return x * 3; })
                   .filter([](long x) { return x % 2 == 0; })
                   .map([](long x) { return x + 1; })
                   .to(fold(
                       0L, [](long a, long x) { return a + x; }, sum));
  CHECK(wait_for(rt.run(std::move(graph))).kind == end_kind::complete);
  long expected = 0;
  for (long x = 0; x < 1000; ++x)
    if (x * 3 % 2 == 0) expected += x * 3 + 1;
  CHECK(sum.value() == expected);
}

TEST_CASE("elements cross async boundaries in order and completely") {
  pool_runtime rt;
  collect<int> out;
  auto graph = source(std::views::iota(0, 100000)).async(16).map([](int x) { return x + 1; }).async().to(out);
  CHECK(wait_for(rt.run(std::move(graph))).kind == end_kind::complete);
  std::vector<int> expected(100000);
  std::iota(expected.begin(), expected.end(), 1);
  CHECK(out.values() == expected);
}

TEST_CASE("an exception of user code fails the graph with type, text and operator") {
  pool_runtime rt;
  collect<int> out;
  auto graph = source(std::views::iota(0, 10)).map([](int x) {
    if (x == 5) throw std::runtime_error("five is not for me");
    return x;
  });
  const auto result = wait_for(rt.run(std::move(graph).async().to(out)));
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->type == "std::runtime_error");
  CHECK(result.why->text == "five is not for me");
  CHECK(result.why->op == "map");
  CHECK(out.values() == std::vector{0, 1, 2, 3, 4});
}
