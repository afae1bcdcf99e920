#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

struct order {
  std::string id;
  int amount;
  friend bool operator==(const order&, const order&) = default;
};

} // namespace

TEST_CASE("dedup passes the first of a key until its time to live is over") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<order>().dedup(&order::id, 1h));
  out.request(100);
  in.push(order{"a", 1}, order{"b", 2}, order{"a", 1});
  out.expect({{"a", 1}, {"b", 2}});
  rt.advance(59min);
  in.push(order{"b", 2});
  out.expect_nothing();
  rt.advance(2min);
  in.push(order{"a", 7});
  out.expect({{"a", 7}});
  // [/example]
  CHECK(in.committed() == 5);
  CHECK(graph.describe().at(0).counters.at(0).second == 2);
}

TEST_CASE("dedup remembers in the next run, with a task state") {
  const auto state = std::make_shared<memory_task_state>();
  for (const bool first : {true, false}) {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, flow<order>().dedup(&order::id, 1h), {.state = state});
    out.request(100);
    in.push(order{"a", 1});
    CHECK(out.take().size() == (first ? 1 : 0));
    graph.drain();
    rt.settle();
    state->commit(commit_id(1));
    state->crash();
  }
  manual_runtime rt;
  rt.clock().set_wall(at(61min));
  auto [in, out, graph] = probes(rt, flow<order>().dedup(&order::id, 1h), {.state = state});
  out.request(100);
  in.push(order{"a", 1});
  out.expect({{"a", 1}});
}

OPERATOR_CONTRACT(dedup, flow<int>().dedup([](int x) { return x / 3; }, 1h))
