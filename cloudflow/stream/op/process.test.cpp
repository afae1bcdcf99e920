#include "cloudflow/stream/state/list_state.hpp"
#include "cloudflow/stream/state/map_state.hpp"
#include "cloudflow/stream/state/value_state.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

struct login {
  std::string user;
  std::string host;
};

/// Tells how often a user has logged in, from which hosts, and when one was silent for ten minutes.
struct login_watch {
  value_state<std::int64_t> count{"count"};
  map_state<std::string, int> hosts{"hosts"};
  value_state<timestamp> alarm{"alarm"};
  auto states() { return std::tie(count, hosts, alarm); }

  void on_element(const login& e, auto& ctx) {
    ++count.modify();
    ++hosts.modify(e.host);
    if (const auto* old = alarm.find()) ctx.cancel_event_timer(*old);
    alarm.set(ctx.event_time() + 10min);
    ctx.set_event_timer(ctx.event_time() + 10min);
    ctx.emit(e.user + " " + std::to_string(*count.find()) + " from " + std::to_string(hosts.size()));
  }
  void on_event_timer(timestamp, auto& ctx) {
    ctx.emit(ctx.key() + " is silent");
    count.clear();
    hosts.clear();
    alarm.clear();
  }
};

/// Numbers the elements of each key.
struct numbering {
  value_state<int> seen{"seen"};
  auto states() { return std::tie(seen); }
  void on_element(const int& x, auto& ctx) {
    ctx.emit(1000 * ++seen.modify() + x);
    if (x % 4 == 0) ctx.emit(-x);
  }
};
constexpr auto by_three = [](const int& x) { return x % 3; };

flow<login> logins() { return flow<login>(); }

} // namespace

TEST_CASE("process keeps state and timers for each key") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<login>().key_by(&login::user).process<std::string>(login_watch()));
  out.request(100);
  in.push_at(at(0min), {"ann", "a"});
  in.push_at(at(1min), {"bob", "b"});
  in.push_at(at(5min), {"ann", "b"});
  out.expect({"ann 1 from 1", "bob 1 from 1", "ann 2 from 2"});
  in.watermark(at(11min));
  out.expect({"bob is silent"});
  in.complete();
  out.expect({"ann is silent"});
  // [/example]
  out.expect_complete();
  CHECK(graph.finished());
  CHECK(in.committed() == 3);
}

TEST_CASE("process goes on with its state and timers in the next run") {
  const auto state = std::make_shared<memory_task_state>();
  {
    manual_runtime rt;
    auto [in, out, graph] =
        probes(rt, logins().key_by(&login::user).process<std::string>(login_watch()), {.state = state});
    out.request(100);
    in.push_at(at(0min), {"ann", "a"});
    in.push_at(at(1min), {"bob", "b"});
    CHECK(in.committed() == 2);
    CHECK(state->sealed() == 0);
    graph.drain();
    rt.settle();
    REQUIRE(graph.finished());
    out.expect({"ann 1 from 1", "bob 1 from 1"});
    state->commit(commit_id(1));
    CHECK(state->size() == 8); // count, host, alarm and timer of two keys
  }
  state->crash();
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, logins().key_by(&login::user).process<std::string>(login_watch()), {.state = state});
  out.request(100);
  in.push_at(at(5min), {"ann", "b"});
  out.expect({"ann 2 from 2"});
  in.watermark(at(11min));
  out.expect({"bob is silent"});
  in.complete();
  out.expect({"ann is silent"});
  state->commit(commit_id(10));
  CHECK(state->size() == 0);
}

TEST_CASE("what process had not committed is lost in a crash, and nothing else") {
  const auto state = std::make_shared<memory_task_state>();
  {
    manual_runtime rt;
    auto [in, out, graph] =
        probes(rt, logins().key_by(&login::user).process<std::string>(login_watch()), {.state = state});
    out.request(100);
    in.push_at(at(0min), {"ann", "a"});
    bool arrived = false;
    graph.barrier(commit_id(1), [&] { arrived = true; });
    rt.settle();
    REQUIRE(arrived);
    in.push_at(at(1min), {"ann", "b"});
    out.expect({"ann 1 from 1"});
    CHECK(in.take_progress(commit_id(1)) == 1);
    state->commit(commit_id(1));
    graph.release(commit_id(1));
    rt.settle();
    out.expect({"ann 2 from 2"});
    graph.abort();
    rt.settle();
  }
  state->crash();
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, logins().key_by(&login::user).process<std::string>(login_watch()), {.state = state});
  out.request(100);
  in.push_at(at(1min), {"ann", "b"});
  out.expect({"ann 2 from 2"});
}

OPERATOR_CONTRACT(process, flow<int>().key_by(by_three).process<int>(numbering()))
OPERATOR_CONTRACT(process_between_queues, flow<int>().async(8).key_by(by_three).process<int>(numbering()).async(2))
OPERATOR_CONTRACT(process_behind_process,
                  flow<int>().key_by(by_three).process<int>(numbering()).key_by(by_three).process<int>(numbering()))
