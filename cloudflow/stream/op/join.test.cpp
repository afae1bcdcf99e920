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
};
struct payment {
  std::string order;
  int paid;
};
std::string settle(const order& o, const payment& p) {
  return o.id + ": " + std::to_string(p.paid) + " of " + std::to_string(o.amount);
}

} // namespace

TEST_CASE("join pairs elements of one key whose times lie near each other") {
  // [example]
  manual_runtime rt;
  in_probe<order> orders(rt);
  in_probe<payment> payments(rt);
  out_probe<std::string> out(rt);
  const auto graph = rt.start(join(source(orders.make_port()), source(payments.make_port()))
                                  .where(&order::id)
                                  .equals(&payment::order)
                                  .within(0min, 15min)
                                  .apply([](const order& o, const payment& p) { return settle(o, p); })
                                  .to(sink(out.make_port())));
  out.request(100);
  orders.push_at(at(0min), {"a", 10});
  payments.push_at(at(5min), {"a", 7});
  payments.push_at(at(15min), {"a", 3});
  payments.push_at(at(16min), {"a", 1});
  orders.push_at(at(10min), {"b", 5});
  out.expect({"a: 7 of 10", "a: 3 of 10"});
  // [/example]
  orders.watermark(at(16min));
  payments.watermark(at(20min));
  orders.push_at(at(15min), {"a", 9}); // behind the watermark
  orders.push_at(at(20min), {"c", 9});
  payments.push_at(at(20min), {"c", 9});
  out.expect({"c: 9 of 9"});
  orders.complete();
  payments.complete();
  out.expect_complete();
  CHECK(graph.finished());
  CHECK(orders.held() + payments.held() == 0);
  CHECK(orders.committed() == 4);
}

TEST_CASE("a join keeps what waits for partners over a restart, on both sides") {
  const auto key = [](int x) { return x % 2; };
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    CAPTURE(seed);
    seeded_random random(seed);
    const auto state = std::make_shared<memory_task_state>();
    std::int64_t a_at = 0;
    std::int64_t b_at = 0;
    std::vector<std::pair<int, int>> seen;
    for (int run = 0; run < 4; ++run) {
      state->crash();
      manual_runtime rt(seed);
      in_probe<int> a(rt, a_at);
      in_probe<int> b(rt, b_at);
      out_probe<std::pair<int, int>> out(rt);
      const auto graph = rt.start(join(source(a.make_port()), source(b.make_port()))
                                      .where(key)
                                      .equals(key)
                                      .within(3s, 3s)
                                      .apply([](int x, int y) { return std::pair(x, y); })
                                      .to(sink(out.make_port())),
                                  {.state = state});
      out.request(1000);
      for (auto i = a_at; i < 10; ++i) {
        a.offer(static_cast<int>(i), at(i * 1s));
        for (auto turns = random.below(3); turns > 0; --turns) rt.step();
        if (run < 3 && random.below(10) == 0) break;
      }
      for (auto i = b_at; i < 10; ++i) {
        b.offer(static_cast<int>(i), at(i * 1s));
        for (auto turns = random.below(3); turns > 0; --turns) rt.step();
        if (run < 3 && random.below(10) == 0) break;
      }
      if (run == 3) {
        a.complete();
        b.complete();
        for (auto& each : out.take()) seen.push_back(each);
        continue;
      }
      bool arrived = false;
      graph.barrier(commit_id(1), [&] { arrived = true; });
      rt.settle();
      REQUIRE(arrived);
      for (auto& each : out.take()) seen.push_back(each);
      a_at = a.take_progress(commit_id(1)).value_or(a_at);
      b_at = b.take_progress(commit_id(1)).value_or(b_at);
      state->commit(commit_id(1));
      graph.release(commit_id(1));
      rt.settle();
      graph.abort(); // what came behind the barrier is lost with the process
      rt.settle();
    }
    std::sort(seen.begin(), seen.end());
    std::vector<std::pair<int, int>> wanted;
    for (int x = 0; x < 10; ++x) {
      for (int y = 0; y < 10; ++y) {
        if (x % 2 == y % 2 && x - 3 <= y && y <= x + 3) wanted.emplace_back(x, y);
      }
    }
    CHECK(seen == wanted);
  }
}

namespace {
struct halves {
  int operator()(int x) const { return x % 2; }
};
} // namespace

OPERATOR_CONTRACT(join, flow<int>()
                            .event_time([](int x) { return timestamp(std::chrono::seconds(x)); })
                            .map([](int x) {
                              return x % 3 == 0 ? either<int, int>(std::in_place_index<0>, x)
                                                : either<int, int>(std::in_place_index<1>, x);
                            })
                            .key_by(key_of_either<int, int, halves, halves>{})
                            .process<int>(interval_join<int, int, std::plus<>>{2'000, 4'000, {}}))
