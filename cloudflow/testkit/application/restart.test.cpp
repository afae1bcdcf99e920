#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ranges>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using backend::instance_phase;
using testkit::application_test;
using testkit::expectation_failed;

namespace {

// Numbered lines, one each 100 ms, without end.
class ticking final : public native::streamlet {
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::tick(100ms)
        .map([n = 0](auto) mutable {
          const auto text = std::to_string(n++);
          const auto view = as_bytes(text);
          return bytes(view.begin(), view.end());
        })
        .to(ctx.sink(out_));
  }
};

// How the next runs go wrong; of the whole program because a streamlet is made anew at each restart.
struct mishaps {
  int throws_at_5 = 0;
  int build_throws = 0;
  bool in_groups = false;
  int made = 0;
};
mishaps next;

class fragile final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").on_error(error_policy::fail);
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    ++next.made;
    if (next.build_throws > 0 && next.build_throws-- > 0) throw std::runtime_error("no wood");
    const auto taste = [](bytes b) {
      if (as_text(b) == "5" && next.throws_at_5 > 0 && next.throws_at_5-- > 0)
        throw std::runtime_error("five is bitter");
      return b;
    };
    if (next.in_groups)
      return ctx.source(in_)
          .grouped(2)
          .flat_map([](std::vector<bytes> two) { return two; })
          .map(taste)
          .to(ctx.sink(out_));
    return ctx.source(in_).map(taste).to(ctx.sink(out_));
  }
};

class showing final : public native::streamlet {
  inlet<bytes> in_{"in"};
  config_parameter<std::string> prefix_{"prefix", "Before each line.", ""};

public:
  streamlet_shape shape() const override { return shape_of(in_).with(prefix_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([prefix = ctx.value(prefix_)](const bytes& b) { return prefix + std::string(as_text(b)); })
        .to(ctx.console_sink());
  }
};

} // namespace
CLOUDFLOW_STREAMLET(ticking, "test.ticking")
CLOUDFLOW_STREAMLET(fragile, "test.fragile")
CLOUDFLOW_STREAMLET(showing, "test.showing")

namespace {

constexpr const char* two_readers = R"(blueprint {
  streamlets { source = test.ticking, fragile = test.fragile, one = test.showing, other = test.showing }
  connections { source.out = [fragile.in, other.in], fragile.out = [one.in] }
})";

struct running_app : application_test {
  explicit running_app(mishaps planned, std::uint64_t seed = 0)
      : application_test(two_readers, seed) {
    next = planned;
    config("cloudflow.streamlets.other.config-parameters.prefix=other ");
    config("cloudflow.topics.source-out.partitions=1").config("cloudflow.topics.fragile-out.partitions=1");
    if (planned.in_groups) config("cloudflow.streamlets.fragile.config.inlets.in.on-error=dead-letter");
    allow_failure();
    start();
    run();
  }
  backend::instance_status of(std::string_view name) const {
    for (auto& each : status())
      if (each.name.value() == name) return each;
    throw expectation_failed("no such instance");
  }
  std::set<std::string> lines_of(std::string_view prefix) const {
    std::set<std::string> out;
    for (const auto& line : console())
      if (line.starts_with(prefix) && (!prefix.empty() || !line.starts_with("other"))) out.insert(line);
    return out;
  }
};

std::set<std::string> numbers(const char* prefix, int below) {
  std::set<std::string> out;
  for (int n = 0; n < below; ++n) out.insert(prefix + std::to_string(n));
  return out;
}

} // namespace

TEST_CASE("a streamlet that fails twice is started again after 1 s and 2 s and loses nothing") {
  running_app app({.throws_at_5 = 2});
  app.advance(800ms);
  CHECK(app.of("fragile").phase == instance_phase::restarting);
  CHECK(app.of("fragile").failures == 1);
  CHECK(app.of("fragile").restart_wait == 1s);
  CHECK(app.of("fragile").failure->text == "five is bitter");
  CHECK(app.lines_of("") == numbers("", 5));
  const int made = next.made;
  app.advance(600ms);
  CHECK(next.made == made); // 1 s from the failure, not from the call
  app.advance(300ms);
  CHECK(next.made == made + 1);
  CHECK(app.of("fragile").failures == 2);
  CHECK(app.of("fragile").restart_wait == 2s);
  app.advance(3s);
  CHECK(app.of("fragile").phase == instance_phase::ready);
  CHECK(app.of("fragile").failures == 2);
  app.drain();
  app.expect_drained();
  const auto& out = app.lines_of("");
  CHECK(out.size() > 40);
  CHECK(out == numbers("", static_cast<int>(out.size())));
}

TEST_CASE("the other streamlets run on while one waits for its restart") {
  running_app app({.throws_at_5 = 2});
  app.advance(1300ms);
  CHECK(app.of("fragile").phase == instance_phase::restarting);
  CHECK(app.of("other").phase == instance_phase::ready);
  CHECK(app.of("source").phase == instance_phase::ready);
  CHECK(app.lines_of("other").size() >= 12);
}

TEST_CASE("a streamlet that fails three times at one record is degraded, and the others run on") {
  running_app app({.throws_at_5 = 1000});
  app.advance(5s);
  const auto status = app.of("fragile");
  CHECK(status.phase == instance_phase::degraded);
  CHECK(status.failures == 3);
  CHECK(status.verdict == "poison at app.source.out/0/5");
  CHECK(status.advice.find("cloudflow.streamlets.fragile.config.inlets.in.on-error=dead-letter") != std::string::npos);
  const auto made = next.made;
  const auto before = app.lines_of("other").size();
  app.advance(100s);
  CHECK(next.made == made);
  CHECK(app.lines_of("other").size() >= before + 990);
  CHECK_FALSE(app.over());
  app.drain();
  CHECK(app.over());
}

TEST_CASE("poison behind a group is no dead letter: three failures at one committed position degrade the streamlet") {
  running_app app({.throws_at_5 = 1000, .in_groups = true});
  app.advance(5s);
  const auto status = app.of("fragile");
  CHECK(status.phase == instance_phase::degraded);
  CHECK(status.failures == 3);
  CHECK(status.verdict == "poison at app.source.out/0/5");
  CHECK(status.advice.find("fix the code") == 0); // no policy would help
  CHECK(app.values_of_dead_letters("fragile.in").empty());
  CHECK(app.lines_of("") == numbers("", 4)); // the group before
  const auto group = app.log().describe_group(group_name("app.fragile.in"));
  REQUIRE(group);
  CHECK(group->progress.front().committed == record_offset(4));
}

TEST_CASE("a streamlet whose build() throws is tried three times") {
  running_app heals({.build_throws = 2});
  heals.advance(4s);
  CHECK(heals.of("fragile").phase == instance_phase::ready);
  running_app never({.build_throws = 1000});
  never.advance(4s);
  CHECK(never.of("fragile").phase == instance_phase::degraded);
  CHECK(never.of("fragile").failures == 3);
  CHECK(never.of("fragile").failure->text == "no wood");
}

TEST_CASE("a drain ends what waits for its restart") {
  running_app app({.throws_at_5 = 1});
  app.advance(800ms);
  CHECK(app.of("fragile").phase == instance_phase::restarting);
  app.drain();
  CHECK(app.over());
  CHECK(app.of("fragile").phase == instance_phase::failed);
  CHECK(app.of("other").phase == instance_phase::drained);
}

TEST_CASE("injected failures at any moment lose nothing, whatever the order of turns") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    CAPTURE(seed);
    running_app app({}, seed);
    for (const auto* victim : {"fragile", "one", "other", "fragile"}) {
      app.advance(std::chrono::milliseconds(137 * seed));
      app.fail(victim);
      CHECK(app.of(victim).phase == instance_phase::restarting);
      CHECK_THROWS_WITH_AS(app.fail(victim), doctest::Contains("does not run"), expectation_failed);
      app.advance(5s);
      CHECK(app.of(victim).phase == instance_phase::ready);
    }
    app.drain();
    const auto& seen = app.lines_of("");
    CHECK(seen == numbers("", static_cast<int>(seen.size())));
    const auto& others = app.lines_of("other ");
    CHECK(others == numbers("other ", static_cast<int>(others.size())));
  }
}
