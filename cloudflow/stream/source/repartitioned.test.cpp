#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

namespace {

// A port that says which task reads it.
template <class T> class port_of final : public source_port<T> {
  std::unique_ptr<source_port<T>> port_;
  source_home home_;

public:
  port_of(std::unique_ptr<source_port<T>> port, source_home home)
      : port_(std::move(port))
      , home_(home) {}
  source_status pull(std::size_t limit, batch<T>& out) override { return port_->pull(limit, out); }
  bool arm(const waker& wake) override { return port_->arm(wake); }
  void drain() override { port_->drain(); }
  ending how_ended() const override { return port_->how_ended(); }
  source_home home() const override { return home_; }
  std::string name() const override { return home_ == source_home::here ? "near" : "far"; }
};

// Two halves of a graph, each with its input and output under the test's hand.
struct halves {
  manual_runtime rt;
  in_probe<int> in{rt};
  out_probe<int> into{rt};
  in_probe<int> out_of{rt};
  out_probe<int> out{rt};

  running start(source_home first, source_home second, bool home = true) {
    auto near = std::make_unique<port_of<int>>(in.make_port(), first);
    auto far = std::make_unique<port_of<int>>(out_of.make_port(), second);
    auto graph = source(std::move(near))
                     .grouped(2)
                     .map([](const std::vector<int>& pair) { return pair.front() + pair.back(); })
                     .repartition_by({into.make_port(), std::move(far)})
                     .map([](int x) { return -x; })
                     .to(sink(out.make_port()));
    into.grant(100);
    out.grant(100);
    run_options options;
    options.home = home;
    return rt.start(std::move(graph), std::move(options));
  }
};

} // namespace

TEST_CASE("repartition_by cuts a graph in two halves that meet in nothing else") {
  halves h;
  const auto graph = h.start(source_home::any, source_home::any);
  h.in.push(1, 2);
  h.into.expect({3});
  h.out.expect_nothing();
  h.out_of.push(7);
  h.out.expect({-7});
  h.in.complete();
  h.into.expect_complete();
  CHECK_FALSE(graph.finished());
  h.out_of.complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
}

TEST_CASE("a task runs only the half whose source it reads") {
  for (const bool first : {true, false}) {
    CAPTURE(first);
    halves h;
    const auto graph = h.start(first ? source_home::here : source_home::elsewhere,
                               first ? source_home::elsewhere : source_home::here, first);
    h.in.push(1, 2);
    h.out_of.push(7);
    if (first)
      h.into.expect({3});
    else
      h.out.expect({-7});
    (first ? h.out : h.into).expect_nothing();
    CHECK(graph.describe().size() == 1);
    (first ? h.in : h.out_of).complete();
    CHECK(wait_for(graph).kind == end_kind::complete);
  }
}

TEST_CASE("a task without any source of its own runs nothing") {
  halves h;
  CHECK_FALSE(h.start(source_home::elsewhere, source_home::elsewhere));
  halves other;
  CHECK_FALSE(other.start(source_home::any, source_home::elsewhere, false));
}

TEST_CASE("sources that different tasks read cannot meet in one graph") {
  manual_runtime rt;
  in_probe<int> near(rt);
  in_probe<int> far(rt);
  out_probe<int> out(rt);
  const auto graph = rt.start(merge(source(std::make_unique<port_of<int>>(near.make_port(), source_home::here)),
                                    source(std::make_unique<port_of<int>>(far.make_port(), source_home::elsewhere)))
                                  .to(sink(out.make_port())));
  const auto result = wait_for(graph);
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->text.find("'near' and 'far' meet in one graph") != std::string::npos);
}

TEST_CASE("an operator that holds elements in one of two graphs does not speak against state in the other") {
  manual_runtime rt;
  const auto state = std::make_shared<memory_task_state>();
  in_probe<int> in(rt);
  out_probe<std::vector<int>> groups(rt);
  out_probe<int> sums(rt);
  const auto graph = rt.start(together(source(std::vector<int>{1, 2}).grouped(2).to(sink(groups.make_port())),
                                       source(in.make_port())
                                           .key_by([](int x) { return x; })
                                           .aggregate(sum([](int x) { return x; }))
                                           .map([](const auto& k) { return k.value; })
                                           .to(sink(sums.make_port()))),
                              {.state = state});
  groups.request(5);
  sums.request(5);
  groups.expect({{1, 2}});
  in.complete();
  CHECK(wait_for(graph).kind == end_kind::complete);
}
