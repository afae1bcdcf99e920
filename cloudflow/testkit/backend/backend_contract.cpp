#include "cloudflow/testkit/backend/backend_contract.hpp"

#include "cloudflow/testkit/stream/probe.hpp"

#include <algorithm>
#include <mutex>

namespace cloudflow::testkit::backend_contract {

namespace {

using backend::instance_phase;

void hold(bool law, const std::string& text) {
  if (!law) throw expectation_failed("backend contract broken: " + text);
}

template <class T> T hold_result(result<T> r, const std::string& text) {
  if (!r) throw expectation_failed("backend contract broken: " + text + ": " + r.error().text());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

/// A backend with instances of the copying streamlet between topics of one partition.
class stage {
  backend_fixture& fixture_;
  std::mutex mutex_;
  std::vector<std::pair<std::string, instance_phase>> told_;
  std::unique_ptr<backend::backend_port> backend_;
  std::vector<std::unique_ptr<backend::execution>> executions_;

public:
  explicit stage(backend_fixture& f)
      : fixture_(f) {}

  backend::instance instance(const std::string& name) {
    auto out = fixture_.copying();
    out.settings.app_id = "contract";
    out.settings.name = streamlet_name(name);
    auto bind = [&](const char* port, const std::string& topic) {
      auto& binding = out.settings.ports[port_name(port)];
      binding.id = topic_id(topic);
      binding.topic = topic_name(topic);
      binding.partitions = 1;
      (void)fixture_.log.create_topic({.name = binding.topic, .partitions = 1, .cleanup = log::cleanup_policy::retain});
    };
    bind("in", name + "-in");
    bind("out", name + "-out");
    out.settings.ports.at(port_name("in")).group = group_name("contract." + name + ".in");
    return out;
  }
  backend::backend_port& prepared(const std::vector<backend::instance>& instances) {
    backend_ = fixture_.make();
    backend::host_services host;
    host.log = &fixture_.log;
    host.metrics = &fixture_.metrics;
    host.clock = &fixture_.clock;
    for (const auto& i : instances) {
      const auto& in = i.settings.ports.at(port_name("in"));
      hold_result(fixture_.log.declare_reader(in.group, std::span(&in.topic, 1)), "a reader can be declared");
      hold_result(fixture_.log.declare_writer(in.topic, "test"), "the test can write");
      hold_result(
          fixture_.log.declare_writer(i.settings.ports.at(port_name("out")).topic, backend::writer_name(i.settings)),
          "a writer can be declared");
    }
    hold_result(backend_->prepare(instances, host), "prepare() succeeds");
    return *backend_;
  }
  backend::execution& start(const backend::instance& what) {
    auto running = backend_->start(what, [this](const streamlet_name& name, instance_phase phase) {
      const std::lock_guard lock(mutex_);
      told_.emplace_back(name.value(), phase);
    });
    executions_.push_back(hold_result(std::move(running), "start() succeeds"));
    return *executions_.back();
  }
  void destroy_executions() { executions_.clear(); }
  void destroy_backend() {
    executions_.clear();
    backend_.reset();
  }
  bool told(const std::string& name, instance_phase phase) {
    const std::lock_guard lock(mutex_);
    return std::find(told_.begin(), told_.end(), std::pair(name, phase)) != told_.end();
  }
  void reach(backend::execution& e, const std::string& name, instance_phase phase) {
    const bool reached = fixture_.eventually([&] { return e.phase() == phase && told(name, phase); });
    std::string text = "an instance becomes " + std::string(name_of(phase)) + " and its listener hears of it; it is " +
                       std::string(name_of(e.phase()));
    if (const auto why = e.failure()) text += " (" + why->text + ")";
    hold(reached, text);
  }

  void send(const std::string& name, const std::vector<std::string>& values) {
    auto producer = hold_result(fixture_.log.open_producer({}), "the log takes a producer");
    auto writer = hold_result(producer->open(topic_name(name + "-in")), "the input topic is there");
    for (const auto& value : values) {
      log::outgoing_record r;
      r.value = as_bytes(value);
      hold_result(writer->send(std::span(&r, 1)), "the log takes a record");
    }
  }
  void close_input(const std::string& name) {
    hold_result(fixture_.log.complete_writer(topic_name(name + "-in"), "test"), "the input can be closed");
  }
  std::vector<std::string> output(const std::string& name) {
    log::consumer_options options;
    options.topics = {topic_name(name + "-out")};
    options.membership = log::membership::all_partitions;
    auto reader = hold_result(fixture_.log.open_consumer(std::move(options)), "the output can be read");
    std::vector<std::string> out;
    log::polled polled;
    while (reader->poll({}, polled) && (!polled.records.empty() || !polled.events.empty()))
      for (const auto& r : polled.records) out.emplace_back(as_text(r.value.value_or(bytes_view{})));
    return out;
  }
  std::int64_t committed(const std::string& name) {
    const auto group = fixture_.log.describe_group(group_name("contract." + name + ".in"));
    std::int64_t at = 0;
    if (group)
      for (const auto& p : group->progress)
        if (p.committed) at = std::max(at, p.committed->value());
    return at;
  }
  bool writes(const std::string& name, const std::vector<std::string>& values) {
    return fixture_.eventually([&] { return output(name) == values; });
  }
};

} // namespace

void has_a_name(backend_fixture& f) {
  const auto backend = f.make();
  hold(!backend->name().empty(), "it has a name");
  hold(backend->name() == f.copying().descriptor.runtime, "its name is the runtime of its streamlets");
}

void tells_its_delivery(backend_fixture& f) {
  const auto backend = f.make();
  hold(f.log.capabilities().transactions || backend->delivery_on(f.log) != streamlet::delivery::exactly_once,
       "a log without transactions gives no exactly-once");
  hold(backend->delivery_on(f.log) == backend->delivery_on(f.log), "the answer does not change");
}

void refuses_an_unknown_class(backend_fixture& f) {
  stage s(f);
  const auto good = s.instance("a");
  auto bad = good;
  bad.settings.class_name = "no.such.class";
  bad.descriptor.class_name = "no.such.class";
  auto& backend = s.prepared({good});
  const auto started = backend.start(bad, {});
  hold(!started, "start() refuses a class that it does not know");
  hold(started.error().text().find("no.such.class") != std::string::npos, "the error names the class");
}

void becomes_ready(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  auto& running = s.start(a);
  s.reach(running, "a", instance_phase::ready);
  hold(!running.failure(), "an instance that runs has no failure");
}

void copies_in_order(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  s.send("a", {"early"}); // before it starts
  s.start(a);
  std::vector<std::string> wanted = {"early"};
  for (int n = 0; n < 1000; ++n) wanted.push_back("record " + std::to_string(n));
  s.send("a", {wanted.begin() + 1, wanted.end()});
  hold(s.writes("a", wanted), "every record is copied once, in order");
}

void completes(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  auto& running = s.start(a);
  s.send("a", {"1", "2"});
  s.close_input("a");
  s.reach(running, "a", instance_phase::completed);
  hold(s.output("a") == std::vector<std::string>{"1", "2"}, "all that came before the end is written");
  hold(s.committed("a") == 2, "all of it is committed");
  hold(f.log.describe_topic(topic_name("a-out"))->closed, "complete_writer() was called for its outlet");
  running.drain();
  hold(running.phase() == instance_phase::completed, "drain() has no effect on what is over");
}

void drains(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  auto& running = s.start(a);
  s.send("a", {"1", "2", "3"});
  hold(f.eventually([&] { return !s.output("a").empty(); }), "records are copied");
  running.drain();
  s.reach(running, "a", instance_phase::drained);
  hold(s.committed("a") == static_cast<std::int64_t>(s.output("a").size()), "what was written is committed");
  hold(!f.log.describe_topic(topic_name("a-out"))->closed, "draining is not completing: its topic stays open");
}

void resumes(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  s.send("a", {"1", "2"});
  auto& first = s.start(a);
  hold(s.writes("a", {"1", "2"}), "records are copied");
  first.drain();
  s.reach(first, "a", instance_phase::drained);
  s.send("a", {"3"});
  s.start(a);
  hold(s.writes("a", {"1", "2", "3"}), "after a drain nothing is lost and nothing repeated");
}

void fails(backend_fixture& f) {
  const auto poison = f.poison();
  if (!poison) return;
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  auto& running = s.start(a);
  s.send("a", {"1", *poison, "2"});
  s.reach(running, "a", instance_phase::failed);
  const auto why = running.failure();
  hold(why && !why->text.empty() && !why->type.empty(), "a failure has a type and a text");
  hold(why->position.find("a-in/0/1") != std::string::npos, "a failure names the record: " + why->position);
  hold(s.committed("a") <= 1, "the bad record is not committed");
  hold(!f.log.describe_topic(topic_name("a-out"))->closed, "a failed writer has not completed");
}

void runs_instances_apart(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  const auto b = s.instance("b");
  s.prepared({a, b});
  auto& first = s.start(a);
  auto& second = s.start(b);
  s.send("a", {"1"});
  s.close_input("a");
  s.reach(first, "a", instance_phase::completed);
  s.send("b", {"2"});
  hold(s.writes("b", {"2"}), "an instance goes on when another is over");
  hold(second.phase() == instance_phase::ready, "it is still ready");
  hold(s.output("a") == std::vector<std::string>{"1"}, "records do not stray");
}

void ends_with_its_execution(backend_fixture& f) {
  stage s(f);
  const auto a = s.instance("a");
  s.prepared({a});
  s.start(a);
  s.send("a", {"1"});
  hold(s.writes("a", {"1"}), "records are copied");
  s.destroy_executions();
  (void)f.eventually([] { return true; });
  s.send("a", {"2"});
  (void)f.eventually([] { return true; });
  hold(s.output("a") == std::vector<std::string>{"1"}, "nothing is written behind the destruction of the execution");
  s.start(a);
  hold(f.eventually([&] {
    const auto out = s.output("a");
    return !out.empty() && out.back() == "2";
  }),
       "another execution takes over");
  s.destroy_backend(); // while it runs
}

} // namespace cloudflow::testkit::backend_contract
