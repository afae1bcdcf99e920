#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

struct order {
  std::string customer;
  int amount;
};
struct customer {
  std::string id;
  std::string city;
};

} // namespace

template <>
struct cloudflow::stream::state_codec<customer> : state_members<customer, &customer::id, &customer::city> {};

TEST_CASE("join_table gives each element the latest row of its key") {
  // [example]
  manual_runtime rt;
  in_probe<order> orders(rt);
  in_probe<customer> customers(rt);
  out_probe<std::string> out(rt);
  const auto graph = rt.start(join_table(source(orders.make_port()), source(customers.make_port()))
                                  .where(&order::customer)
                                  .equals(&customer::id)
                                  .apply([](const order& o, const customer& c) { return o.customer + " in " + c.city; })
                                  .to(sink(out.make_port())));
  out.request(100);
  orders.push(order{"ann", 1}); // no row yet
  customers.push(customer{"ann", "Graz"});
  orders.push(order{"ann", 2});
  customers.push(customer{"ann", "Wien"});
  orders.push(order{"ann", 3});
  out.expect({"ann in Graz", "ann in Wien"});
  // [/example]
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("unmatched_total", 1));
}

TEST_CASE("join_table hands null to a function that takes a pointer, and finds rows of an earlier run") {
  const auto state = std::make_shared<memory_task_state>();
  const auto look = [](const order& o, const customer* c) { return o.customer + " in " + (c ? c->city : "?"); };
  for (const bool first : {true, false}) {
    manual_runtime rt;
    in_probe<order> orders(rt);
    in_probe<customer> customers(rt);
    out_probe<std::string> out(rt);
    const auto graph = rt.start(join_table(source(orders.make_port()), source(customers.make_port()))
                                    .where(&order::customer)
                                    .equals(&customer::id)
                                    .apply(look)
                                    .to(sink(out.make_port())),
                                {.state = state});
    out.request(100);
    orders.push(order{"ann", 1});
    out.expect({first ? "ann in ?" : "ann in Graz"});
    customers.push(customer{"ann", "Graz"});
    graph.drain();
    rt.settle();
    REQUIRE(graph.finished());
    state->commit(commit_id(1));
    state->crash();
  }
}

namespace {
struct fifths {
  int operator()(int x) const { return x % 5; }
};
} // namespace

OPERATOR_CONTRACT(join_table, flow<int>()
                                  .map([](int x) {
                                    return x % 3 == 0 ? either<int, int>(std::in_place_index<1>, x)
                                                      : either<int, int>(std::in_place_index<0>, x);
                                  })
                                  .key_by(key_of_either<int, int, fifths, fifths>{})
                                  .process<int>(table_lookup<int, int, std::plus<>>{}))
