#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

struct reading {
  std::string src;
  std::string gauge;
  double value;
};

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

auto minutes() {
  return flow<reading>().key_by(&reading::src, &reading::gauge).window(tumbling(1min)).aggregate(sum(&reading::value));
}
using total = windowed<std::tuple<std::string, std::string>, double>;
} // namespace

TEST_CASE("windows go on in the next run with what was sealed, and emit nothing twice") {
  const auto state = std::make_shared<memory_task_state>();
  {
    manual_runtime rt;
    auto [in, out, graph] = probes(rt, minutes(), {.state = state});
    out.request(100);
    in.push_at(at(10s), {"a", "t", 1});
    in.push_at(at(70s), {"a", "t", 2});
    in.push_at(at(80s), {"b", "t", 3});
    in.watermark(at(60s));
    out.expect({total{{"a", "t"}, at(0s), at(60s), 1.0}});
    CHECK(in.committed() == 3); // absorbed
    graph.drain();
    rt.settle();
    REQUIRE(graph.finished());
    out.expect_nothing();
    state->commit(commit_id(1));
    CHECK(state->size() == 3); // two panes and the progress
  }
  state->crash();
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, minutes(), {.state = state});
  out.request(100);
  in.push_at(at(20s), {"a", "t", 50}); // late in the first run, late in the second
  in.push_at(at(90s), {"a", "t", 4});
  in.complete();
  auto seen = out.take();
  std::sort(seen.begin(), seen.end(), [](const auto& x, const auto& y) { return x.key < y.key; });
  CHECK(seen == std::vector{total{{"a", "t"}, at(60s), at(120s), 6.0}, total{{"b", "t"}, at(60s), at(120s), 3.0}});
  state->commit(commit_id(1));
  CHECK(state->size() == 0);
}

TEST_CASE("a late element within the allowed lateness emits its window again, a later one goes aside") {
  manual_runtime rt;
  in_probe<reading> in(rt);
  out_probe<total> out(rt);
  collect<reading> late;
  const auto graph = rt.start(source(in.make_port())
                                  .key_by(&reading::src, &reading::gauge)
                                  .window(tumbling(1min))
                                  .allowed_lateness(30s)
                                  .late_to(late)
                                  .aggregate(sum(&reading::value))
                                  .to(sink(out.make_port())));
  out.request(100);
  in.push_at(at(10s), {"a", "t", 1});
  in.watermark(at(60s));
  out.expect({total{{"a", "t"}, at(0s), at(60s), 1.0}});
  in.push_at(at(20s), {"a", "t", 2});
  out.expect({total{{"a", "t"}, at(0s), at(60s), 3.0}});
  CHECK(in.committed() == 0);
  in.watermark(at(90s));
  in.push_at(at(30s), {"a", "t", 4});
  out.expect_nothing();
  REQUIRE(late.values().size() == 1);
  CHECK(late.values()[0].value == 4);
  CHECK(in.committed() == 3);
  in.complete();
  out.expect_complete();
  CHECK(graph.finished());
}

TEST_CASE("a window without a codec for its state is refused with the reason") {
  const auto state = std::make_shared<memory_task_state>();
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<reading>().key_by(&reading::src).window(tumbling(1min)).aggregate(all()), {.state = state});
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->message().find("'window-1/panes' cannot be durable: its accumulator has no state_codec") !=
        std::string::npos);
}

TEST_CASE("a group behind a durable window is refused with advice, in front of it is fine") {
  manual_runtime rt;
  {
    auto [in, out, graph] = probes(rt, minutes().grouped(3), {.state = std::make_shared<memory_task_state>()});
    out.expect_ending(end_kind::fail);
    CHECK(out.ending()->why->message().find("'grouped' behind it holds elements") != std::string::npos);
  }
  auto [in, out, graph] = probes(rt,
                                 flow<reading>()
                                     .grouped(2)
                                     .flat_map([](std::vector<reading> r) { return r; })
                                     .key_by(&reading::src)
                                     .window(tumbling(1min))
                                     .aggregate(count()),
                                 {.state = std::make_shared<memory_task_state>()});
  CHECK(!out.ending());
}
