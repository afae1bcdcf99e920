#pragma once

#include "cloudflow/engine/native/native_backend.hpp"
#include "cloudflow/engine/native/test_hand_log.hpp"
#include "cloudflow/native.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::engine {

/// For tests: one instance of a streamlet on a hand-driven runtime. Each port is on a topic of its own name; group
/// `test.it.<inlet>`, or that of the first of co-partitioned inlets.
template <class Streamlet> class instance_rig {
  static std::unique_ptr<streamlet::streamlet_base> make() { return std::make_unique<Streamlet>(); }
  static constexpr streamlet::module_entry entry_{"test.it", &make};
  const streamlet::module_entry* entries_[1] = {&entry_};

public:
  testkit::manual_runtime runtime;
  metric_registry metrics;
  log::memory_log memory{runtime.clock(), {.metrics = &metrics}};
  hand_log by_hand{memory};
  backend::instance what;
  std::vector<std::string> console;
  std::unique_ptr<native_backend> backend;
  std::unique_ptr<backend::execution> running;
  std::vector<std::unique_ptr<native_backend>> zombies; // of earlier starts
  std::vector<std::unique_ptr<backend::execution>> undead;

  explicit instance_rig(int partitions = 1, log::cleanup_policy cleanup = log::cleanup_policy::retain) {
    what.settings.app_id = "test";
    what.settings.name = streamlet_name("it");
    what.settings.class_name = "test.it";
    what.descriptor = streamlet::describe("test.it", Streamlet());
    auto bind = [&](const port_name& port) -> streamlet::port_binding& {
      auto& binding = what.settings.ports[port];
      binding.id = topic_id(port.value());
      binding.topic = topic_name(port.value());
      binding.partitions = partitions;
      require(memory.create_topic({.name = binding.topic, .partitions = partitions, .cleanup = cleanup}));
      return binding;
    };
    for (const auto& inlet : what.descriptor.inlets) {
      auto& binding = bind(inlet.name);
      binding.group = group_name("test.it." + inlet.name.value());
      binding.unique_group = inlet.unique_group;
      require(memory.declare_writer(binding.topic, "test"));
    }
    for (const auto& outlet : what.descriptor.outlets)
      require(memory.declare_writer(bind(outlet.name).topic, backend::writer_name(what.settings)));
  }
  ~instance_rig() {
    undead.clear();
    running.reset();
    runtime.settle();
  }

  /// On the memory log, or with groups that the test rules.
  void start(bool ruled_by_hand = false) {
    stop();
    begin(ruled_by_hand);
    runtime.settle();
  }
  /// The process dies: nothing in flight is committed.
  void stop() {
    running.reset();
    runtime.settle();
  }
  /// Starts, and gives no turn. What runs already goes on, as a zombie.
  void begin(bool ruled_by_hand = false) {
    if (backend) zombies.push_back(std::move(backend));
    if (running) undead.push_back(std::move(running));
    backend = std::make_unique<native_backend>(runtime);
    backend->add_classes(entries_);
    backend::host_services host;
    host.log = ruled_by_hand ? static_cast<log::topic_log*>(&by_hand) : &memory;
    host.metrics = &metrics;
    host.clock = &runtime.clock();
    host.console = [this](std::string_view lines) { console.emplace_back(lines); };
    require(backend->prepare({&what, 1}, host));
    auto started = backend->start(what, {});
    require(started);
    running = std::move(*started);
  }
  hand_consumer& member(const char* inlet) { return *by_hand.members.at(group_name(std::string("test.it.") + inlet)); }

  void write(const char* topic, int partition, const std::vector<std::string>& values) {
    auto producer = memory.open_producer({});
    require(producer);
    auto writer = (*producer)->open(topic_name(topic));
    require(writer);
    for (const auto& value : values) {
      log::outgoing_record r;
      r.value = as_bytes(value);
      r.partition = partition_id(partition);
      require((*writer)->send({&r, 1}));
    }
  }
  void close(const char* topic) { require(memory.complete_writer(topic_name(topic), "test")); }
  /// The values in a topic, partition by partition.
  std::vector<std::string> values(const char* topic) {
    std::vector<std::string> out;
    const auto count = memory.describe_topic(topic_name(topic))->spec.partitions;
    for (std::int32_t p = 0; p < count; ++p) {
      log::consumer_options options;
      options.topics = {topic_name(topic)};
      options.membership = log::membership::chosen;
      options.partitions = {partition_id(p)};
      auto reader = memory.open_consumer(std::move(options));
      require(reader);
      log::polled polled;
      while ((*reader)->poll({}, polled) && (!polled.records.empty() || !polled.events.empty()))
        for (const auto& r : polled.records) out.emplace_back(as_text(r.value.value_or(bytes_view{})));
    }
    return out;
  }
  /// What the group of an inlet has committed on the memory log; -1: nothing.
  std::int64_t committed(const char* inlet, int partition = 0, const char* group = nullptr) {
    const auto described = memory.describe_group(group_name(std::string("test.it.") + (group ? group : inlet)));
    if (described)
      for (const auto& p : described->progress)
        if (p.source.topic == topic_name(inlet) && p.source.partition == partition_id(partition) && p.committed)
          return p.committed->value();
    return -1;
  }
  double counted(std::string_view name) const {
    double sum = 0;
    for (const auto& s : metrics.snapshot())
      if (s.name == name) sum += s.value;
    return sum;
  }

private:
  template <class T> static void require(const result<T>& r) {
    if (!r) throw testkit::expectation_failed(r.error().text());
  }
};

} // namespace cloudflow::engine
