#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ranges>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::application_test;
using testkit::expectation_failed;

namespace {

// Writes numbered readings and completes.
class counting final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};
  config_parameter<std::int32_t> count_{"count", "How many.", 100};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(std::views::iota(0, ctx.value(count_)))
        .map([](int n) {
          return reading{"s" + std::to_string(n % 7), timestamp(std::chrono::milliseconds(n)), "oil", 1.0 * n};
        })
        .to(ctx.sink(out_));
  }
};

class doubling final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").on_error(error_policy::fail);
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          if (r.value == 666) throw std::runtime_error("the beast");
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

class printing final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](const reading& r) { return std::to_string(static_cast<int>(r.value)); })
        .to(ctx.console_sink());
  }
};
} // namespace
CLOUDFLOW_STREAMLET(counting, "test.counting")
CLOUDFLOW_STREAMLET(doubling, "test.doubling")
CLOUDFLOW_STREAMLET(printing, "test.printing")

namespace {

constexpr const char* chain = R"(blueprint {
  streamlets { first = test.counting, second = test.doubling, third = test.printing }
  connections { first.out = [second.in], second.out = [third.in] }
})";

std::vector<std::string> sorted(std::vector<std::string> lines) {
  std::sort(lines.begin(), lines.end());
  return lines;
}

} // namespace

TEST_CASE("application_test runs a blueprint from its sources to its console") {
  application_test app(chain);
  app.start();
  app.run();
  app.expect_completed();
  std::vector<std::string> wanted;
  for (int n = 0; n < 100; ++n) wanted.push_back(std::to_string(2 * n));
  CHECK(sorted(app.console()) == sorted(wanted));
}

TEST_CASE("application_test gives equal runs for equal seeds and other orders for others") {
  std::set<std::vector<std::string>> orders;
  std::vector<std::string> reference;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const auto run = [&] {
      application_test app(chain, seed);
      app.config("cloudflow.streamlets.first.config-parameters.count=600");
      app.start();
      app.run();
      app.expect_completed();
      return app.console();
    };
    const auto lines = run();
    CHECK(run() == lines);
    orders.insert(lines);
    if (reference.empty()) reference = sorted(lines);
    CHECK(sorted(lines) == reference);
  }
  CHECK(orders.size() > 1);
}

TEST_CASE("application_test applies configuration as the command line does") {
  application_test app(chain);
  app.config("cloudflow.streamlets.first.config-parameters.count=3");
  app.config("cloudflow.topics.first-out.partitions=1").config("cloudflow.topics.second-out.partitions=1");
  app.start();
  app.run();
  CHECK(app.console() == std::vector<std::string>{"0", "2", "4"});
}

TEST_CASE("application_test throws the blueprint's problems, as verify prints them") {
  application_test app(R"(blueprint {
    streamlets { first = test.counting, second = test.doublin }
    connections { first.out = [second.in] }
  })");
  CHECK_THROWS_WITH_AS(app.start(), doctest::Contains("test.doublin"), expectation_failed);
}

TEST_CASE("application_test throws the configuration's problems") {
  application_test app(chain);
  app.config("cloudflow.streamlets.first.config-parameters.cuont=3");
  CHECK_THROWS_WITH_AS(app.start(), doctest::Contains("cuont"), expectation_failed);
}

TEST_CASE("application_test throws when an instance fails, with its report") {
  application_test app(chain);
  app.config("cloudflow.streamlets.first.config-parameters.count=1000");
  app.start();
  CHECK_THROWS_WITH_AS(app.run(), doctest::Contains("the beast"), expectation_failed);
}

TEST_CASE("application_test shows the dead letters of an inlet") {
  application_test app(chain);
  app.config("cloudflow.streamlets.first.config-parameters.count=1000");
  app.config("cloudflow.streamlets.second.config.inlets.in.on-error=dead-letter");
  app.start();
  app.run();
  const auto dead = app.dead_letters_of<reading>("second.in");
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].value == 666);
  CHECK_THROWS_WITH_AS((void)app.values_of_dead_letters("second.inn"), doctest::Contains("no inlet"),
                       expectation_failed);
}

TEST_CASE("application_test drains every instance") {
  application_test app(chain);
  app.start();
  app.drain();
  CHECK(app.over());
}
