#include "cloudflow/stream/source/sequence.hpp"

#include "cloudflow/stream/fluent.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <numeric>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

std::optional<std::int64_t> square_below_a_thousand(std::int64_t n) {
  if (n >= 1'000) return std::nullopt;
  return n * n;
}

run_result result_of(const running& graph) {
  run_result result;
  graph.completed([&](const run_result& how) { result = how; });
  return result;
}

} // namespace

TEST_CASE("sequence makes elements by their number until there is none") {
  manual_runtime rt;
  collect<std::int64_t> out;
  const auto graph = rt.start(source(sequence(&square_below_a_thousand, {.first = 997})).to(out));
  CHECK(result_of(graph).kind == end_kind::complete);
  CHECK(out.values() == std::vector<std::int64_t>{997 * 997, 998 * 998, 999 * 999});
}

TEST_CASE("sequence that has no end follows demand") {
  manual_runtime rt;
  out_probe<std::int64_t> out(rt);
  const auto graph = rt.start(source(sequence([](std::int64_t n) { return n; })).to(sink(out.make_port())));
  out.request(3);
  out.expect({0, 1, 2});
  out.request(2);
  out.expect({3, 4});
  graph.drain();
  out.request(1);
  out.expect_nothing();
  out.expect_ending(end_kind::drain);
}

TEST_CASE("sequence with an interval gives one element when it is over, and sleeps in between") {
  manual_runtime rt;
  out_probe<std::int64_t> out(rt);
  const auto graph =
      rt.start(source(sequence([](std::int64_t n) { return n; }, {.interval = 10ms})).to(sink(out.make_port())));
  out.request(10);
  out.expect({0});
  rt.advance(9ms);
  out.expect_nothing();
  rt.advance(1ms);
  out.expect({1});
  rt.advance(30ms);
  out.expect({2, 3, 4});
  graph.drain();
  rt.settle();
  out.expect_ending(end_kind::drain);
  CHECK(rt.timers() == 0);
}

TEST_CASE("sequence goes on after a crash exactly behind what was committed") {
  std::vector<std::int64_t> all(1'000);
  std::iota(all.begin(), all.end(), 0);
  for (auto& each : all) each *= each;
  const auto state = std::make_shared<memory_task_state>();
  std::vector<std::int64_t> committed;
  bool over = false;
  // Each run commits once, after some turns, and dies after some more; the last one comes to the end.
  for (std::size_t turns = 1; turns < 200 && !over; ++turns) {
    manual_runtime rt(turns);
    collect<std::int64_t> out;
    auto graph = rt.run(source(sequence(&square_below_a_thousand)).async(8).to(out), {.state = state});
    for (std::size_t i = 0; i < turns && rt.step(); ++i) {
    }
    bool all_have_it = false;
    graph.barrier(commit_id(1), [&] { all_have_it = true; });
    while (!all_have_it && !graph.finished() && rt.step()) {
    }
    over = graph.finished();
    if (over || all_have_it) {
      state->commit(commit_id(1));
      const auto seen = out.values();
      committed.insert(committed.end(), seen.begin(), seen.end());
    }
    graph.release(commit_id(1));
    for (std::size_t i = 0; i < 3 && rt.step(); ++i) {
    }
    graph.abort();
    rt.settle();
    state->crash();
  }
  CHECK(over);
  CHECK(committed == all);
}

TEST_CASE("sequence fails where its function throws, behind the elements before") {
  manual_runtime rt;
  collect<std::int64_t> out;
  const auto graph = rt.start(source(sequence([](std::int64_t n) {
                                if (n == 2) throw std::runtime_error("out of numbers");
                                return n;
                              })).to(out));
  const auto result = result_of(graph);
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->text == "out of numbers");
  CHECK(result.why->at->offset == record_offset(2));
  CHECK(out.values() == std::vector<std::int64_t>{0, 1});
}
