#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <ranges>

using namespace cloudflow;
using acme::sensors::reading;
using testkit::application_test;

namespace {

class counting_up final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};
  config_parameter<std::int32_t> count_{"count", "How many readings are written."};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(std::views::iota(0, ctx.value(count_)))
        .map([](int n) {
          return reading{"s" + std::to_string(n), timestamp(std::chrono::milliseconds(n)), "oil", 1.0};
        })
        .to(ctx.sink(out_));
  }
};

class told_by_rules final : public native::streamlet {
  inlet<reading> in_{"in"};
  inlet<reading> rules_ = inlet<reading>("rules").with_unique_group();

public:
  streamlet_shape shape() const override { return shape_of(in_, rules_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto here = std::to_string(ctx.task().value());
    return stream::together(
        ctx.source(in_).map([](const reading& r) { return "read " + r.src; }).to(ctx.console_sink()),
        ctx.source(rules_)
            .map([here](const reading& r) { return "task " + here + " rule " + r.src; })
            .to(ctx.console_sink()));
  }
};

} // namespace
CLOUDFLOW_STREAMLET(counting_up, "test.counting-up")
CLOUDFLOW_STREAMLET(told_by_rules, "test.told-by-rules")

TEST_CASE("a broadcast inlet beside a grouped one reaches every task") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    application_test app(R"(blueprint {
      streamlets { writer = test.counting-up, rules = test.counting-up, reader = test.told-by-rules }
      connections { writer.out = [reader.in], rules.out = [reader.rules] }
    })",
                         seed);
    app.config("cloudflow.streamlets.writer.config-parameters.count=30")
        .config("cloudflow.streamlets.rules.config-parameters.count=2");
    app.start();
    app.run();
    app.expect_completed();
    const auto lines = app.console();
    const auto count = [&](std::string_view start) {
      return std::ranges::count_if(lines, [&](const std::string& line) { return line.starts_with(start); });
    };
    CHECK(count("read ") == 30);
    CHECK(count("task 0 rule ") == 2);
    CHECK(count("task 1 rule ") == 2);
    CHECK(count("task 2 rule ") == 2);
  }
}
