#include "cloudflow/stream/graph/boundary.hpp"

#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/stream/run/pool.hpp"

#include <doctest/doctest.h>
#include <numeric>

using namespace cloudflow;
using namespace cloudflow::stream;

namespace {
struct no_chain {
  bool on_next(int&&, const element_context&) { return true; }
};
} // namespace

TEST_CASE("a producer that was told there is no room does not sleep when room came before it armed") {
  const auto queue = std::make_shared<boundary<int>>(2);
  boundary_out<int> out(queue);
  out.advance();
  out.on_next(1, {});
  out.on_next(2, {});
  out.flush();
  CHECK(out.demand() == 0);
  no_chain chain;
  std::size_t count = 0;
  queue->consume(
      2, chain, count, [](timestamp) {}, [](commit_id) {});
  const waker nobody;
  arming a(nobody);
  out.arm(a);
  CHECK(a.is_ready());
}

TEST_CASE("tiny queues between many stages lose nothing on threads") {
  pool_runtime rt({.workers = 3});
  std::vector<int> wanted(400);
  std::iota(wanted.begin(), wanted.end(), 0);
  for (int round = 0; round < 100; ++round) {
    collect<int> out;
    const auto graph = rt.run(source(wanted)
                                  .async(2)
                                  .flat_map([](int x) {
                                    return std::vector{2 * x, 2 * x + 1};
                                  })
                                  .async(4)
                                  .map_async(3, [](int x) { return x; })
                                  .async(2)
                                  .grouped(2)
                                  .async(2)
                                  .map([](std::vector<int> pair) { return pair[0] / 2; })
                                  .to(out));
    REQUIRE(wait_for(graph).kind == end_kind::complete);
    REQUIRE(out.values() == wanted);
  }
}
