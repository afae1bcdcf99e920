#include "cloudflow/stream/state/list_state.hpp"
#include "cloudflow/stream/state/value_state.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

constexpr auto parity = [](const int& x) { return x % 2; };

template <class V> struct last_of {
  value_state<V> last{"last", {.ttl = 1h}};
  auto states() { return std::tie(last); }
  void on_element(const int& x, auto& ctx) {
    ctx.emit(last.find() != nullptr ? std::to_string(*last.find()) : "none");
    last.set(static_cast<V>(x));
  }
};

struct reminder {
  list_state<int> seen{"seen"};
  auto states() { return std::tie(seen); }
  void on_element(const int& x, auto& ctx) {
    if (seen.empty()) ctx.set_processing_timer(ctx.processing_time() + 10min);
    seen.push(x);
  }
  void on_processing_timer(timestamp, auto& ctx) {
    ctx.emit(std::vector<int>(seen.values().begin(), seen.values().end()));
    seen.clear();
  }
};

struct forgot_states {
  value_state<int> last{"last"};
  void on_element(const int& x, auto& ctx) {
    last.set(x);
    ctx.emit(x);
  }
};

} // namespace

TEST_CASE("a value with a time to live is gone when it was not written for so long") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().key_by(parity).process<std::string>(last_of<int>()));
  out.request(100);
  in.push(1);
  rt.advance(59min);
  in.push(3);
  rt.advance(59min);
  in.push(5);
  rt.advance(60min);
  in.push(7);
  out.expect({"none", "1", "3", "none"});
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("expired_total", 1));
}

TEST_CASE("a time to live goes on over a restart") {
  const auto state = std::make_shared<memory_task_state>();
  for (const auto& [wall, wanted] : {std::pair(0min, "none"), {59min, "1"}, {119min, "none"}}) {
    manual_runtime rt;
    rt.clock().set_wall(timestamp(wall));
    auto [in, out, graph] =
        probes(rt, flow<int>().key_by(parity).process<std::string>(last_of<int>()), {.state = state});
    out.request(100);
    in.push(1);
    out.expect({wanted});
    graph.drain();
    rt.settle();
    state->commit(commit_id(1));
    state->crash();
  }
}

TEST_CASE("state is read with a wider type, and refused with the reason where that cannot be") {
  const auto state = std::make_shared<memory_task_state>();
  const auto run = [&](auto function) {
    manual_runtime rt;
    auto [in, out, graph] =
        probes(rt, flow<int>().key_by(parity).template process<std::string>(function), {.state = state});
    out.request(100);
    in.push(1);
    auto seen = out.take();
    if (out.ending()) return out.ending()->why->message();
    graph.drain();
    rt.settle();
    state->commit(commit_id(1));
    state->crash();
    return seen.at(0);
  };
  CHECK(run(last_of<int>()) == "none");
  CHECK(run(last_of<std::int64_t>()) == "1");
  CHECK(run(last_of<double>()) ==
        R"(process failed: state 'process-1/last' cannot be read: it was written as "int" and is read as "double")");
}

TEST_CASE("processing timers fire in the next run when this one did not see their time") {
  const auto state = std::make_shared<memory_task_state>();
  {
    manual_runtime rt;
    auto [in, out, graph] =
        probes(rt, flow<int>().key_by(parity).process<std::vector<int>>(reminder()), {.state = state});
    out.request(100);
    in.push(1, 2, 3);
    rt.advance(9min);
    out.expect_nothing();
    graph.drain();
    rt.settle();
    CHECK(rt.timers() == 0);
    state->commit(commit_id(1));
    state->crash();
  }
  manual_runtime rt;
  rt.clock().set_wall(timestamp(9min));
  auto [in, out, graph] =
      probes(rt, flow<int>().key_by(parity).process<std::vector<int>>(reminder()), {.state = state});
  out.request(100);
  in.push(5);
  rt.advance(1min);
  auto seen = out.take();
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::vector<int>>{{1, 3, 5}, {2}});
}

TEST_CASE("a state that is not listed says so when it is used") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().key_by(parity).process<int>(forgot_states()));
  out.request(1);
  in.push(1);
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->text.find("state 'last' is not bound: list it in states()") == 0);
}

TEST_CASE("two operators of one graph may not keep state under one name") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>()
                                         .key_by(parity)
                                         .process<int>(forgot_states(), "mine")
                                         .key_by(parity)
                                         .process<int>(forgot_states(), "mine"));
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->text.find("under the name 'mine'") != std::string::npos);
}

TEST_CASE("a large overlay asks for a commit before its time") {
  const auto state = std::make_shared<memory_task_state>();
  manual_runtime rt;
  const auto graph = rt.start(source(std::views::iota(0, 1'200'000))
                                  .key_by([](const int& x) { return x; })
                                  .process<std::string>(last_of<int>())
                                  .to(ignore()),
                              {.state = state});
  CHECK(graph.finished());
  CHECK(state->commits_wanted() > 0);
}
