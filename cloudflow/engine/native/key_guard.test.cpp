#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ranges>

using namespace cloudflow;
using acme::sensors::reading;
using testkit::application_test;
using testkit::expectation_failed;

namespace {

// Writes readings of two gauges; the outlet has no partitioner, so they go round.
class scattering final : public native::streamlet {
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(std::views::iota(0, 3000))
        .map([](int n) {
          return reading{"s" + std::to_string(n), timestamp(std::chrono::milliseconds(n)), n % 2 == 0 ? "oil" : "gas",
                         1.0 * n};
        })
        .to(ctx.sink(out_));
  }
};

class counting_gauges final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(&reading::gauge)
        .aggregate(stream::count())
        .map([](const auto& counted) { return counted.key + "=" + std::to_string(counted.value); })
        .to(ctx.console_sink());
  }
};

constexpr const char* blueprint = R"(blueprint {
  streamlets { writer = test.scattering, counter = test.counting-gauges }
  connections { writer.out = [counter.in] }
})";

} // namespace
CLOUDFLOW_STREAMLET(scattering, "test.scattering")
CLOUDFLOW_STREAMLET(counting_gauges, "test.counting-gauges")

TEST_CASE("a streamlet fails when records of one key reach several of its tasks") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    application_test app(blueprint, seed);
    app.config("cloudflow.topics.writer-out.partitions=3");
    app.start();
    std::string report;
    try {
      app.run();
    } catch (const expectation_failed& failed) {
      report = failed.what();
    }
    CHECK(report.find("key_by") != std::string::npos);
    CHECK(report.find("records of one key reach several tasks (partitions ") != std::string::npos);
    CHECK(report.find("writer.out'): partition the writer's outlet by the grouping fields, put .repartition_by") !=
          std::string::npos);
  }
}

TEST_CASE("a streamlet with one task may group by anything") {
  application_test app(blueprint);
  app.config("cloudflow.topics.writer-out.partitions=1");
  app.start();
  app.run();
  app.expect_completed();
  CHECK(app.console() == std::vector<std::string>{"oil=1500", "gas=1500"});
}
