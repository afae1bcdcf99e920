#include "cloudflow/testkit/application/simulation.hpp"

#include "cloudflow/base/random.hpp"
#include "cloudflow/engine/native/native_backend.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/memory_store.hpp"
#include "cloudflow/testkit/application/internal/application_source.hpp"
#include "cloudflow/testkit/log/counting_store.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"
#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

#include <algorithm>
#include <deque>

namespace cloudflow::testkit {

namespace {

constexpr const char* writer_of_input = "simulation";

// What may be done to the process, and how often still.
struct weather {
  std::optional<std::pair<std::uint64_t, bool>> crash_at;
  int crashes = 0;
  int drains = 0;
  int rebalances = 0;
  int resends = 0;
  bool slow_readers = false;
};

} // namespace

struct simulation::parts {
  struct input {
    std::string topic_id;
    std::vector<fed_record> records;
    std::size_t next = 0;
    bool closed = false;
    log::topic_spec topic{};
    std::unique_ptr<log::topic_writer> writer{};
  };
  struct stranger {
    std::unique_ptr<log::consumer> member;
    std::uint64_t leaves_after = 0;
  };

  seeded_random random;
  internal::application_source source;
  std::vector<input> inputs;
  std::optional<streamlet::delivery> wanted; // none: as configured
  weather ahead;
  broken_rules broken;
  simulation_report report;
  streamlet::delivery delivery = streamlet::delivery::at_most_once;

  // Of the world: it outlives the process. In the order in which they need each other.
  store::memory_store disk;
  manual_runtime runtime;
  backend::application_plan plan;

  // Of one life of the process.
  std::shared_ptr<crash_points> life;    // owners: this and the life's ports
  std::shared_ptr<crash_points> counted; // the life that is in the report
  std::unique_ptr<metric_registry> metrics;
  std::unique_ptr<counting_store> seen_disk;
  std::unique_ptr<log::memory_log> truth;
  std::unique_ptr<counting_log> seen_log;
  std::unique_ptr<log::producer> feeder;
  std::optional<stranger> intruder;
  std::unique_ptr<backend::application> app;

  parts(internal::application_source from, std::uint64_t seed)
      : random(seed * 0x9e3779b97f4a7c15 + 1)
      , source(std::move(from))
      , runtime(seed + 1) {}
  parts(const parts&) = delete;
  parts& operator=(const parts&) = delete;
  ~parts() { bury(); }

  void tell(std::string what) {
    report.story.push_back(std::to_string(runtime.clock().steady_now() / std::chrono::milliseconds(1)) + " ms, call " +
                           std::to_string(life->calls()) + ": " + std::move(what));
  }
  [[nodiscard]] bool chance(std::uint64_t one_in) { return random.below(one_in) == 0; }

  // --- lives

  void bear() {
    life = std::make_shared<crash_points>();
    plan_death();
    metrics = std::make_unique<metric_registry>();
    seen_disk = std::make_unique<counting_store>(disk, life);
    auto opened = log::memory_log::open(runtime.clock(), {.metrics = metrics.get(), .durable = seen_disk.get()});
    if (!opened) {
      if (life->dead()) return;
      throw expectation_failed("the log cannot be opened again: " + opened.error().text());
    }
    truth = std::move(*opened);
    seen_log = std::make_unique<counting_log>(*truth, life, broken);
    life->aside([&] { open_inputs(); });
    backend::registry backends;
    backends.add("native", [this] {
      auto engine = std::make_unique<engine::native_backend>(runtime);
      engine->add_classes(linked_streamlets());
      delivery = engine->delivery_on(*seen_log);
      return engine;
    });
    backend::host_services host;
    host.log = seen_log.get();
    host.metrics = metrics.get();
    host.clock = &runtime.clock();
    host.console = [](std::string_view) {};
    auto started = backend::application::start(plan, backends, host, {});
    if (!started) {
      if (life->dead()) return;
      throw expectation_failed("the application did not start: " + started.error().text());
    }
    app = std::move(*started);
  }

  void plan_death() {
    if (const auto at = std::exchange(ahead.crash_at, {})) return life->die_at(at->first, at->second);
    if (ahead.crashes == 0) return;
    --ahead.crashes;
    // Early and late ones alike: a start takes some fifty calls.
    life->die_at(1 + random.below(std::uint64_t{1} << (3 + random.below(9))), random.below(2) == 0);
  }

  // What is left of the process goes; nothing of it gets through any more.
  void bury() {
    if (!life) return;
    take_stock();
    if (!life->dead()) life->die_at(life->calls() + 1, false), life->tell("end", [] {});
    intruder.reset();
    app.reset();
    runtime.settle();
    for (auto& each : inputs) each.writer.reset();
    feeder.reset();
    seen_log.reset();
    truth.reset();
    seen_disk.reset();
    metrics.reset();
    life.reset();
  }

  void take_stock() {
    if (std::exchange(counted, life) == life) return;
    report.calls += life->calls();
    report.trace = (report.trace ^ life->trace()) * 0x100000001b3;
    if (!app || life->dead()) return; // the dead fail at everything
    for (const auto& each : app->status()) {
      if (each.failures == 0) continue;
      report.failures += each.failures;
      tell("failed:" + internal::line_of(each).substr(2));
    }
  }

  // --- the input

  void make_plan() {
    plan = source.plan({"native"});
    if (!wanted) return;
    for (auto& i : plan.instances) i.settings.delivery = *wanted;
  }

  void open_inputs() {
    if (plan.instances.empty()) make_plan();
    for (auto& each : inputs) {
      each.topic = internal::topic_of(plan, each.topic_id);
      if (const auto made = truth->create_topic(each.topic); !made && made.error().code != errc::already_exists)
        throw expectation_failed(made.error().text());
      if (!each.closed) must(truth->declare_writer(each.topic.name, writer_of_input));
    }
    auto opened = truth->open_producer({.client_id = writer_of_input});
    if (!opened) throw expectation_failed(opened.error().text());
    feeder = std::move(*opened);
  }
  static void must(const result<void>& done) {
    if (!done) throw expectation_failed(done.error().text());
  }

  [[nodiscard]] bool all_fed() const {
    return std::all_of(inputs.begin(), inputs.end(), [](const input& i) { return i.next == i.records.size(); });
  }
  [[nodiscard]] bool all_closed() const {
    return std::all_of(inputs.begin(), inputs.end(), [](const input& i) { return i.closed; });
  }
  void feed_some() {
    std::vector<input*> open;
    for (auto& each : inputs)
      if (each.next < each.records.size()) open.push_back(&each);
    if (open.empty()) return;
    auto& chosen = *open[random.below(open.size())];
    const auto count = std::min<std::size_t>(1 + random.below(12), chosen.records.size() - chosen.next);
    life->aside([&] { send(chosen, chosen.next, count); });
    chosen.next += count;
  }
  void send(input& into, std::size_t first, std::size_t count) {
    if (!into.writer) {
      auto opened = feeder->open(into.topic.name);
      if (!opened) throw expectation_failed(opened.error().text());
      into.writer = std::move(*opened);
    }
    std::vector<log::outgoing_record> batch;
    for (auto i = first; i < first + count; ++i)
      batch.push_back({.key = bytes_view(into.records[i].key), .value = bytes_view(into.records[i].value)});
    must(into.writer->send(batch));
  }
  void send_again() {
    for (auto& each : inputs) {
      if (each.closed || each.next == 0 || ahead.resends == 0) continue;
      --ahead.resends;
      const auto count = std::min<std::size_t>(each.next, 1 + random.below(10));
      tell("the last " + std::to_string(count) + " of " + each.topic_id + " are sent again");
      life->aside([&] { send(each, each.next - count, count); });
    }
  }
  void close_inputs() {
    life->aside([&] {
      for (auto& each : inputs) {
        if (each.closed) continue;
        must(truth->complete_writer(each.topic.name, writer_of_input));
        each.closed = true;
      }
    });
    tell("the input is over");
  }

  // --- what is done to it

  void join_stranger() {
    if (intruder || seen_log->joined().empty()) return;
    --ahead.rebalances;
    ++report.rebalances;
    auto at = seen_log->joined().begin();
    std::advance(at, static_cast<std::ptrdiff_t>(random.below(seen_log->joined().size())));
    life->aside([&] {
      log::consumer_options options;
      options.group = at->first;
      options.topics = at->second;
      options.client_id = "stranger";
      auto opened = truth->open_consumer(std::move(options));
      if (!opened) throw expectation_failed(opened.error().text());
      intruder = stranger{std::move(*opened), 20 + random.below(400)};
    });
    tell("a stranger joins " + at->first.value());
  }
  void let_stranger_act() {
    life->aside([&] {
      log::polled polled;
      if (!intruder->member->poll({.max_records = 1}, polled)) return;
      for (const auto& e : polled.events) {
        if (e.kind != log::consumer_event_kind::revoking) continue;
        std::vector<log::source_partition> back;
        for (const auto& p : e.positions) back.push_back(p.source);
        must(intruder->member->release(back));
      }
      if (intruder->leaves_after-- == 0) leave_stranger();
    });
  }
  void leave_stranger() {
    life->aside([&] {
      const bool politely = random.below(2) == 0;
      tell(politely ? "the stranger leaves" : "the stranger dies");
      if (politely) must(intruder->member->close());
      intruder.reset();
    });
  }

  // True if the process was drained, to be started again.
  void drain(std::size_t turns) {
    --ahead.drains;
    ++report.drains;
    tell("drain");
    if (intruder) leave_stranger();
    seen_log->let_go();
    if (broken.drain_completes)
      seen_log->end_inputs();
    else
      app->drain();
    for (std::size_t i = 0; !app->over() && !life->dead(); ++i) {
      if (i > turns) throw hangs("it was asked to drain");
      if (!runtime.step()) runtime.pass(std::chrono::milliseconds(50));
    }
  }

  [[nodiscard]] expectation_failed hangs(const char* why) const {
    std::string text = std::string("the application does not come to its end (") + why + ")\n";
    for (const auto& line : report.story) text += "  " + line + "\n";
    if (app)
      for (const auto& line : app->describe()) text += "  " + line + "\n";
    return expectation_failed(text);
  }

  // Nothing may run now: time goes on, or the world acts.
  void idle() {
    seen_log->let_go();
    app->tend(runtime.clock().steady_now());
    if (!all_fed() && random.below(2) == 0) return feed_some();
    if (all_fed() && !all_closed()) {
      if (intruder) return leave_stranger();
      if (ahead.rebalances == 0 || chance(4)) return close_inputs();
    }
    auto until = std::chrono::nanoseconds(std::chrono::milliseconds(1 + random.below(200)));
    if (const auto due = app->next_due()) until = std::min(until, *due - runtime.clock().steady_now());
    runtime.pass(std::max(until, std::chrono::nanoseconds(1)));
    life->aside([&] { truth->maintain(); });
  }

  void disturb(std::size_t turns) {
    if (intruder) let_stranger_act();
    if (!all_fed() && chance(16)) feed_some();
    if (ahead.rebalances > 0 && !all_closed() && chance(100)) join_stranger();
    if (ahead.slow_readers && chance(32) && seen_log->readers() > 0)
      seen_log->hold_back(random.below(seen_log->readers()));
    if (ahead.slow_readers && chance(64)) seen_log->let_go();
    if (ahead.drains > 0 && chance(150)) {
      drain(turns);
      if (life->dead()) return;
      bury();
      bear();
    }
  }

  void run(std::size_t turns) {
    bear();
    for (std::size_t i = 0;; ++i) {
      if (life->dead()) {
        ++report.crashes;
        tell("crash at " + std::string(life->last()));
        bury();
        bear();
        if (!life->dead() && ahead.resends > 0) send_again();
        continue;
      }
      if (app->over()) break;
      if (i >= turns) throw hangs("too many turns");
      disturb(turns);
      if (life->dead() || app->over()) continue;
      if (!runtime.step()) idle();
    }
    take_stock();
    for (const auto& each : app->status())
      if (each.phase != backend::instance_phase::completed) throw hangs(internal::line_of(each).c_str());
  }
};

simulation::simulation(const std::filesystem::path& blueprint, std::uint64_t seed)
    : parts_(std::make_unique<parts>(internal::application_source::from_file(blueprint), seed)) {}
simulation::simulation(std::string_view blueprint_text, std::uint64_t seed)
    : parts_(std::make_unique<parts>(internal::application_source::from_text(blueprint_text), seed)) {}
simulation::~simulation() = default;

simulation& simulation::config(std::string key_value) {
  parts_->source.sources.key_values.push_back(std::move(key_value));
  return *this;
}
simulation& simulation::deliver(streamlet::delivery wanted) {
  parts_->wanted = wanted;
  return *this;
}
simulation& simulation::feed_encoded(std::string_view topic_id, std::vector<fed_record> records) {
  parts_->inputs.push_back({std::string(topic_id), std::move(records)});
  return *this;
}
simulation& simulation::crash_at(std::uint64_t call, bool keeps_last) {
  parts_->ahead.crash_at = {call, keeps_last};
  return *this;
}
simulation& simulation::crashes(int count) {
  parts_->ahead.crashes = count;
  return *this;
}
simulation& simulation::drains(int count) {
  parts_->ahead.drains = count;
  return *this;
}
simulation& simulation::rebalances(int count) {
  parts_->ahead.rebalances = count;
  return *this;
}
simulation& simulation::slow_readers(bool on) {
  parts_->ahead.slow_readers = on;
  return *this;
}
simulation& simulation::resends(int count) {
  parts_->ahead.resends = count;
  return *this;
}
simulation& simulation::break_rules(broken_rules rules) {
  parts_->broken = std::move(rules);
  return *this;
}

void simulation::run(std::size_t turns) {
  if (parts_->life) throw expectation_failed("a simulation runs once");
  parts_->run(turns);
}

const simulation_report& simulation::report() const { return parts_->report; }
streamlet::delivery simulation::delivery() const {
  auto weakest = parts_->delivery; // the stronger, the smaller
  for (const auto& i : parts_->plan.instances) weakest = std::max(weakest, i.settings.delivery);
  return weakest;
}

std::vector<bytes> simulation::values_of(std::string_view topic_id) {
  auto& p = *parts_;
  if (!p.truth) throw expectation_failed("values_of() comes after run()");
  return p.life->aside([&] { return internal::values_in(*p.truth, internal::topic_of(p.plan, topic_id)); });
}

std::vector<bytes> simulation::values_of_dead_letters(std::string_view port) {
  auto& p = *parts_;
  if (!p.truth) throw expectation_failed("dead_letters_of() comes after run()");
  return p.life->aside([&] { return internal::values_in(*p.truth, internal::dead_letters_of(p.plan, port)); });
}

} // namespace cloudflow::testkit
