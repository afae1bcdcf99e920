#include "cloudflow/engine/native/native_backend.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/backend/backend_contract.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>

using namespace cloudflow;

namespace {

// As many workers as there is work: who is woken has run before the waker goes on. The most impatient order that a
// pool can come to, without its luck.
class impatient_runtime final : public stream::runtime, private stream::executor {
  testkit::manual_clock clock_;
  std::deque<std::shared_ptr<stream::schedulable>> ready_;
  std::vector<const stream::schedulable*> running_;

public:
  ~impatient_runtime() override {
    const auto left = abort_all();
    settle();
  }
  stream::executor& turns() override { return *this; }
  const clock_source& clock() const override { return clock_; }
  void settle() {
    while (!ready_.empty()) {
      const auto next = std::move(ready_.front());
      ready_.pop_front();
      give_turn(*next);
    }
  }

private:
  void give_turn(stream::schedulable& work) {
    running_.push_back(&work);
    work.run();
    running_.pop_back();
  }
  void submit(std::shared_ptr<stream::schedulable> work) override {
    if (running_.empty() || std::find(running_.begin(), running_.end(), work.get()) != running_.end())
      ready_.push_back(std::move(work));
    else
      give_turn(*work);
  }
  void set_timer(std::shared_ptr<stream::schedulable>, std::chrono::nanoseconds) override {}
  void cancel_timer(const stream::schedulable&) override {}
};

class passing_on final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override { return ctx.source(in_).to(ctx.sink(out_)); }
};

const streamlet::module_entry entry = {
    "test.passing-on", []() -> std::unique_ptr<streamlet::streamlet_base> { return std::make_unique<passing_on>(); }};
const streamlet::module_entry* const entries[] = {&entry};

} // namespace

TEST_CASE("a task reads the last records of its partition although the end comes with them") {
  metric_registry metrics;
  testkit::manual_clock clock;
  log::memory_log log(clock, {.metrics = &metrics});
  backend::instance what;
  what.settings.app_id = "test";
  what.settings.name = streamlet_name("it");
  what.settings.class_name = "test.passing-on";
  what.descriptor = streamlet::describe("test.passing-on", passing_on());
  for (const auto* port : {"in", "out"}) {
    auto& binding = what.settings.ports[port_name(port)];
    binding.id = topic_id(port);
    binding.topic = topic_name(port);
    binding.partitions = 1;
    REQUIRE(log.create_topic({.name = binding.topic, .partitions = 1}));
  }
  what.settings.ports.at(port_name("in")).group = group_name("test.it.in");

  const topic_name in("in");
  REQUIRE(log.declare_writer(in, "test"));
  REQUIRE(log.declare_writer(topic_name("out"), backend::writer_name(what.settings)));
  const auto producer = log.open_producer({});
  const auto writer = (*producer)->open(in);
  for (const std::string_view value : {"1", "2", "3"}) {
    log::outgoing_record r;
    r.value = as_bytes(value);
    REQUIRE((*writer)->send({&r, 1}));
  }
  REQUIRE(log.complete_writer(in, "test"));

  impatient_runtime runtime;
  engine::native_backend backend(runtime);
  backend.add_classes(entries);
  backend::host_services host;
  host.log = &log;
  host.metrics = &metrics;
  host.clock = &clock;
  REQUIRE(backend.prepare({&what, 1}, host));
  const auto running = backend.start(what, {});
  REQUIRE(running);
  runtime.settle();
  CHECK((*running)->phase() == backend::instance_phase::completed);
  CHECK(log.describe_topic(topic_name("out"))->partitions.front().next == record_offset(3));
}
