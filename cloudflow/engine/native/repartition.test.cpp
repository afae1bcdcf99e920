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

namespace {

class numbering final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(std::views::iota(0, 40))
        .map([](int n) {
          return reading{"s" + std::to_string(n % 7), timestamp(std::chrono::seconds(n)), n % 3 == 0 ? "gas" : "oil",
                         1.0 * n};
        })
        .to(ctx.sink(out_));
  }
};

// Says in which task each reading is in front of two repartitions, between them and behind them.
class thrice final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").keyed_by(&reading::src);
  repartition<reading> by_gauge_{"by-gauge", &reading::gauge};
  repartition<reading> by_src_{"by-src", [](const reading& r) { return r.src; }};

public:
  streamlet_shape shape() const override { return shape_of(in_, by_gauge_, by_src_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .repartition_by(ctx.by(by_gauge_))
        .key_by(&reading::gauge)
        .aggregate(stream::count())
        .map([](const auto& all) {
          return reading{"all", timestamp(), all.key, static_cast<double>(all.value)};
        })
        .repartition_by(ctx.by(by_src_))
        .key_by(&reading::src)
        .aggregate(stream::sum(&reading::value))
        .map([](const auto& all) { return all.key + " " + std::to_string(static_cast<int>(all.value)); })
        .to(ctx.console_sink());
  }
};

class unused final : public native::streamlet {
  inlet<reading> in_{"in"};
  repartition<reading> by_gauge_{"by-gauge", &reading::gauge};

public:
  streamlet_shape shape() const override { return shape_of(in_, by_gauge_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map([](const reading& r) { return r.src; }).to(ctx.console_sink());
  }
};

class meeting final : public native::streamlet {
  inlet<reading> in_{"in"};
  inlet<reading> other_{"other"};
  repartition<reading> by_gauge_{"by-gauge", &reading::gauge};

public:
  streamlet_shape shape() const override { return shape_of(in_, other_, by_gauge_); }
  stream::runnable build(const native::context& ctx) const override {
    return merge(ctx.source(in_).repartition_by(ctx.by(by_gauge_)), ctx.source(other_))
        .map([](const reading& r) { return r.src; })
        .to(ctx.console_sink());
  }
};

std::string reason_of(std::string_view blueprint) {
  application_test app(blueprint);
  app.allow_failure();
  app.start();
  app.run();
  for (const auto& each : app.status())
    if (each.failure) return each.failure->text;
  return {};
}

} // namespace
CLOUDFLOW_STREAMLET(numbering, "test.numbering")
CLOUDFLOW_STREAMLET(thrice, "test.thrice")
CLOUDFLOW_STREAMLET(unused, "test.unused")
CLOUDFLOW_STREAMLET(meeting, "test.meeting")

TEST_CASE("one repartition may stand behind the other, and their topics have the partitions that are asked for") {
  for (const char* delivery : {"exactly-once", "at-least-once", "at-most-once"}) {
    CAPTURE(delivery);
    application_test app(R"(blueprint {
      streamlets { writer = test.numbering, it = test.thrice }
      connections { writer.out = [it.in] }
    })");
    app.config("cloudflow.streamlets.it.config.repartitions.by-src.partitions=5")
        .config(std::string("cloudflow.streamlets.it.config.delivery=") + delivery);
    app.start();
    app.run();
    app.expect_completed();
    CHECK(app.console() == std::vector<std::string>{"all 40"});
    const auto topics = app.log().topics();
    REQUIRE(topics);
    const auto partitions = [&](const char* suffix) {
      for (const auto& t : *topics)
        if (t.value().ends_with(suffix)) return app.log().describe_topic(t)->spec.partitions;
      return 0;
    };
    CHECK(partitions(".it.by-gauge.repartition") == 3);
    CHECK(partitions(".it.by-src.repartition") == 5);
  }
}

TEST_CASE("a repartition of the shape that build() does not use is named") {
  CHECK(reason_of(R"(blueprint {
    streamlets { writer = test.numbering, it = test.unused }
    connections { writer.out = [it.in] }
  })") == "nothing in build() reads the repartition 'by-gauge'");
}

TEST_CASE("what stands behind a repartition cannot meet an inlet") {
  const auto why = reason_of(R"(blueprint {
    streamlets { writer = test.numbering, second = test.numbering, it = test.meeting }
    connections { writer.out = [it.in], second.out = [it.other] }
  })");
  CHECK(why.find("meet in one graph, but they are read by different tasks") != std::string::npos);
}
