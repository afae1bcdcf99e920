#include "cloudflow/stream/source/restart.hpp"

#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

constexpr restart_policy quick{.wait = {.min = 1s, .max = 4s, .jitter = 0}, .max_restarts = 2, .reset_after = 60s};

/// Each port of it emits its own number, then ends: the first `bad` ones with a failure.
class numbered final : public source_port<int> {
  int id_;
  int bad_;
  bool draining_ = false;
  bool given_ = false;

public:
  numbered(int id, int bad)
      : id_(id)
      , bad_(bad) {}
  source_status pull(std::size_t, batch<int>& out) override {
    if (!draining_ && !std::exchange(given_, true)) out.add(id_);
    return source_status::ended;
  }
  bool arm(const waker&) override { return true; }
  void drain() override { draining_ = true; }
  ending how_ended() const override {
    if (id_ > bad_) return {end_kind::complete, nullptr};
    return {end_kind::fail, std::make_shared<const failure>(failure{"error", "gone", "numbered", std::nullopt})};
  }
  std::string name() const override { return "numbered"; }
};
auto failing(int times) {
  return [times, id = 0]() mutable { return std::make_unique<numbered>(++id, times); };
}

} // namespace

TEST_CASE("restart_source makes a source that failed anew after a back-off") {
  manual_runtime rt;
  out_probe<int> out(rt);
  auto graph = rt.start(source(restart_source(quick, failing(2))).to(sink(out.make_port())));
  out.request(10);
  out.expect({1});
  rt.advance(1s);
  out.expect({2});
  rt.advance(2s - 1ns);
  out.expect_nothing();
  rt.advance(1ns);
  out.expect({3});
  out.expect_complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
}

TEST_CASE("restart_source passes on the failure after too many in a row") {
  manual_runtime rt;
  out_probe<int> out(rt);
  auto graph = rt.start(source(restart_source(quick, failing(9))).to(sink(out.make_port())));
  out.request(10);
  rt.advance(1s);
  rt.advance(2s);
  out.expect({1, 2, 3});
  out.expect_ending(end_kind::fail);
  CHECK(wait_for(graph).why->text == "gone");
}

TEST_CASE("restart_source drains without waiting for the back-off") {
  manual_runtime rt;
  out_probe<int> out(rt);
  auto graph = rt.start(source(restart_source(quick, failing(9))).to(sink(out.make_port())));
  out.request(10);
  graph.drain();
  rt.settle();
  out.expect_ending(end_kind::drain);
  CHECK(graph.finished());
  CHECK(rt.timers() == 0);
}

TEST_CASE("restart_source refuses a port that keeps its position durably") {
  struct seekable final : source_port<int> {
    source_status pull(std::size_t, batch<int>&) override { return source_status::empty; }
    bool arm(const waker&) override { return false; }
    void drain() override {}
    ending how_ended() const override { return {end_kind::drain, nullptr}; }
    std::string_view keeps() const override { return "file"; }
    std::string name() const override { return "readings.csv"; }
  };
  manual_runtime rt;
  out_probe<int> out(rt);
  auto graph =
      rt.start(source(restart_source(quick, [] { return std::make_unique<seekable>(); })).to(sink(out.make_port())));
  out.request(1);
  REQUIRE(graph.finished());
  CHECK(wait_for(graph).why->text.find("'readings.csv' keeps its position durably") == 0);
}
