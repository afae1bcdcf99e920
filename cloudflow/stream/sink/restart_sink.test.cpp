#include "cloudflow/stream/sink/restart.hpp"

#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

constexpr restart_policy quick{.wait = {.min = 1s, .max = 4s, .jitter = 0}, .max_restarts = 2, .reset_after = 60s};

/// What is behind the ports: it takes three elements at a time, and says when it is out of order.
struct shelf {
  std::vector<int> seen;
  std::vector<token_ref> held; ///< not acknowledged yet
  int ports = 0;
  bool broken = false;
  bool acknowledges = true;
  bool ended = false;
};

class shelf_port final : public sink_port<int> {
  std::shared_ptr<shelf> shelf_;

public:
  explicit shelf_port(std::shared_ptr<shelf> s)
      : shelf_(std::move(s)) {
    ++shelf_->ports;
  }
  ~shelf_port() override { shelf_->held.clear(); }
  std::size_t room() override { return shelf_->broken ? 0 : 3; }
  void push(batch<int>& elements) override {
    for (const int x : elements.values) shelf_->seen.push_back(x);
    for (auto& run : elements.runs) {
      if (shelf_->acknowledges)
        run.token.acknowledge();
      else
        shelf_->held.push_back(std::move(run.token));
    }
  }
  bool arm(const waker&) override { return true; }
  void end(const ending& how) override { shelf_->ended = how.kind == end_kind::complete; }
  bool ended() override { return shelf_->held.empty(); }
  std::shared_ptr<const failure> failed() override {
    if (!shelf_->broken) return nullptr;
    return std::make_shared<const failure>(failure{"error", "out of order", "shelf", std::nullopt});
  }
  std::string name() const override { return "shelf"; }
};

struct rig {
  manual_runtime rt;
  in_probe<int> in{rt};
  std::shared_ptr<shelf> to = std::make_shared<shelf>();
  running graph = rt.start(
      source(in.make_port()).to(sink(restart_sink(quick, [to = to] { return std::make_unique<shelf_port>(to); }))));

  /// The port at hand fails, and what follows it works.
  void break_once() {
    to->broken = true;
    in.push(0);
    rt.settle();
    to->broken = false;
  }
};

} // namespace

TEST_CASE("restart_sink makes a sink that failed anew after a back-off, and goes on in order") {
  rig r;
  r.in.push(1, 2);
  r.break_once();
  CHECK(r.to->seen == std::vector{1, 2});
  r.rt.advance(1s - 1ns);
  CHECK(r.to->ports == 1);
  r.rt.advance(1ns);
  CHECK(r.to->ports == 2);
  r.in.push(3);
  CHECK(r.to->seen == std::vector{1, 2, 0, 3});
  r.in.complete();
  CHECK(r.to->ended);
  CHECK(wait_for(r.graph).kind == end_kind::complete);
}

TEST_CASE("restart_sink gives the next sink what the one that failed had not acknowledged") {
  rig r;
  r.to->acknowledges = false;
  r.in.push(1, 2, 3, 4, 5);
  CHECK(r.to->seen == std::vector{1, 2, 3, 4, 5});
  CHECK(r.in.committed() == 0);
  r.to->acknowledges = true;
  r.break_once();
  r.rt.advance(1s);
  CHECK(r.to->seen == std::vector{1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 0});
  CHECK(r.in.committed() == 6);
}

TEST_CASE("restart_sink completes only when everything is with a sink that works") {
  rig r;
  r.in.push(1);
  r.break_once();
  r.in.complete();
  CHECK_FALSE(r.graph.finished());
  r.rt.advance(1s);
  CHECK(r.to->seen == std::vector{1, 0});
  CHECK(r.to->ended);
  CHECK(wait_for(r.graph).kind == end_kind::complete);
}

TEST_CASE("restart_sink does not keep a drain waiting for its back-off, and leaves the offsets uncommitted") {
  rig r;
  r.in.push(1);
  r.break_once();
  r.graph.drain();
  r.rt.settle();
  CHECK(r.graph.finished());
  CHECK(r.to->seen == std::vector{1});
  CHECK(r.in.committed() == 1);
}

TEST_CASE("restart_sink passes on one failure more in a row than its policy allows") {
  rig r;
  r.to->broken = true;
  r.in.push(1);
  r.rt.advance(1s);
  CHECK_FALSE(r.graph.finished());
  r.rt.advance(2s);
  CHECK(wait_for(r.graph).kind == end_kind::fail);
  CHECK(wait_for(r.graph).why->message() == "shelf failed: out of order");
}
