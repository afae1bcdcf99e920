#include "schema_testdata/reading.hpp"

#include "cloudflow/engine/native/native_backend.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"
#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <ranges>

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

TEST_CASE("halves run on a pool of threads to their common end") {
  const auto& clock = system_clock_source();
  metric_registry metrics;
  log::memory_log log(clock, {.metrics = &metrics});
  backend::instance what;
  what.settings.app_id = "test";
  what.settings.name = streamlet_name("it");
  what.settings.class_name = "test.thrice";
  what.settings.delivery = streamlet::delivery::exactly_once;
  what.settings.commit_interval = 1ms;
  what.descriptor = streamlet::describe("test.thrice", thrice());
  for (const char* name : {"in", "by-gauge", "by-src"}) {
    auto& binding = what.settings.ports[port_name(name)];
    binding = {topic_id(name), topic_name(name), 3};
    binding.group = group_name(std::string("test.it.") + name);
    REQUIRE(log.create_topic({.name = binding.topic, .partitions = 3}));
    REQUIRE(log.declare_writer(binding.topic, binding.topic == topic_name("in") ? "test" : "test.it"));
  }
  auto producer = log.open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(topic_name("in"));
  REQUIRE(writer);
  for (int n = 0; n < 3000; ++n) {
    bytes value;
    const reading one{"s" + std::to_string(n % 7), timestamp(), n % 3 == 0 ? "gas" : "oil", 1.0};
    schema::codec<reading>::encode(one, value);
    const log::outgoing_record r{.key = as_bytes(one.src), .value = bytes_view(value)};
    REQUIRE((*writer)->send({&r, 1}));
  }
  REQUIRE(log.complete_writer(topic_name("in"), "test"));

  std::mutex mutex;
  std::condition_variable told;
  std::vector<backend::instance_phase> phases;
  std::string lines;
  engine::native_backend native;
  native.add_classes(testkit::linked_streamlets());
  backend::host_services host;
  host.log = &log;
  host.metrics = &metrics;
  host.clock = &clock;
  host.console = [&](std::string_view text) {
    const std::lock_guard lock(mutex);
    lines += text;
  };
  REQUIRE(native.prepare({&what, 1}, host));
  const auto running = native.start(what, [&](const streamlet_name&, backend::instance_phase phase) {
    const std::lock_guard lock(mutex);
    phases.push_back(phase);
    told.notify_all();
  });
  REQUIRE(running);
  std::unique_lock lock(mutex);
  told.wait(lock, [&] { return !phases.empty() && phases.back() >= backend::instance_phase::completed; });
  CHECK(phases.back() == backend::instance_phase::completed);
  CHECK(lines == "all 3000\n");
}
