#include "cloudflow/backend/application.hpp"

#include "cloudflow/base/work_mark.hpp"

#include <algorithm>
#include <atomic>

namespace cloudflow::backend {

namespace {

std::string partitions_behind(const log::group_description& group, std::vector<std::string>& behind) {
  std::string all;
  for (const auto& p : group.progress) {
    const auto at = p.source.text() + "/" + std::to_string(p.committed.value_or(record_offset(0)).value());
    all += at + " ";
    if (p.unread.records > 0) behind.push_back(at);
  }
  return all;
}

} // namespace

struct application::member {
  const instance& what;
  supervision care;
  std::unique_ptr<execution> running{};    // null: its restart did not succeed
  std::optional<failure_report> failure{}; // the last that was judged
  bool judged = false;                     // what `running` says of its failure is known
  std::atomic<std::int64_t> ready_at = never;

  static constexpr std::int64_t never = -1;

  member(const instance& i, const restart_policy& policy)
      : what(i)
      , care(policy) {}
};

application::application(application_plan plan, const host_services& host, const restart_policy& policy,
                         std::function<void()> on_change)
    : plan_(std::move(plan))
    , host_(host)
    , policy_(policy)
    , on_change_(std::move(on_change)) {}

result<std::unique_ptr<application>> application::start(application_plan plan, const registry& backends,
                                                        const host_services& host, std::function<void()> on_change,
                                                        const restart_policy& policy) {
  std::unique_ptr<application> app(new application(std::move(plan), host, policy, std::move(on_change)));
  app->host_.schemas = app->plan_.schemas;
  if (auto done = app->make_topics(); !done) return unexpected(done.error());
  if (auto done = app->start_instances(backends); !done) return unexpected(done.error());
  return app;
}

// Readers and writers are declared before anything runs: a topic is not closed, and records are not forgotten, because
// one streamlet was quicker than another.
result<void> application::make_topics() {
  for (const auto& topic : plan_.topics) {
    const auto made = host_.log->create_topic(topic);
    if (made) continue;
    if (made.error().code != errc::already_exists) return made;
    const auto there = host_.log->describe_topic(topic.name);
    if (!there) return unexpected(there.error());
    if (there->spec.partitions != topic.partitions) // records of a key would be in two partitions
      return user_error(errc::incompatible, "topic " + topic.name.value() + " has " +
                                                std::to_string(there->spec.partitions) + " partitions, and " +
                                                std::to_string(topic.partitions) +
                                                " are asked for: keep the number, or begin with empty data");
  }
  const bool closing = host_.log->capabilities().closing;
  for (const auto& i : plan_.instances) {
    for (const auto& inlet : i.descriptor.inlets) {
      const auto& binding = i.settings.ports.at(inlet.name);
      if (auto done = host_.log->declare_reader(binding.group, std::span(&binding.topic, 1)); !done) return done;
    }
    for (const auto& way : i.descriptor.repartitions) {
      const auto& binding = i.settings.ports.at(way.name);
      if (auto done = host_.log->declare_reader(binding.group, std::span(&binding.topic, 1)); !done) return done;
      if (!closing) continue;
      if (auto done = host_.log->declare_writer(binding.topic, writer_name(i.settings)); !done) return done;
    }
    if (!closing) continue;
    for (const auto& outlet : i.descriptor.outlets)
      if (auto done = host_.log->declare_writer(i.settings.ports.at(outlet.name).topic, writer_name(i.settings)); !done)
        return done;
  }
  return {};
}

result<void> application::start_instances(const registry& backends) {
  std::map<std::string, std::vector<instance>> by_backend;
  for (const auto& i : plan_.instances) by_backend[i.descriptor.runtime].push_back(i);
  for (const auto& [name, instances] : by_backend) {
    auto engine = backends.make(name);
    if (!engine) return user_error(errc::not_found, "there is no backend '" + name + "'");
    if (auto done = engine->prepare(instances, host_); !done) return done;
    backends_[name] = std::move(engine);
  }
  for (const auto& i : plan_.instances) {
    auto m = std::make_unique<member>(i, policy_);
    auto running = launch(*m);
    if (!running) return unexpected(running.error().wrap("streamlet '" + i.settings.name.value() + "' did not start"));
    m->running = std::move(*running);
    const std::lock_guard lock(mutex_);
    members_.push_back(std::move(m));
  }
  return {};
}

result<std::unique_ptr<execution>> application::launch(member& m) {
  m.ready_at = member::never;
  const work_scope mark({m.what.settings.name.value().c_str(), "start"});
  return backends_.at(m.what.descriptor.runtime)
      ->start(m.what, [this, &m](const streamlet_name&, instance_phase phase) {
        if (phase == instance_phase::ready) m.ready_at = host_.clock->steady_now().count();
        if (on_change_) on_change_();
      });
}

application::~application() {
  abort();
  members_.clear();
  backends_.clear();
}

void application::tend(std::chrono::nanoseconds now) {
  for (const auto& m : members_) { // only this thread adds to them
    std::optional<failure_report> why;
    {
      const std::lock_guard lock(mutex_);
      if (ends_) return;
      const auto due = m->care.restart_at();
      if (due ? *due > now : m->judged || !m->running || m->running->phase() != instance_phase::failed) continue;
      if (!due) why = m->running->failure().value_or(failure_report{"error", "it does not say why", "", ""});
    }
    if (why)
      judge(*m, std::move(*why), now);
    else
      restart(*m, now);
  }
}

void application::judge(member& m, failure_report why, std::chrono::nanoseconds now) {
  failed_attempt attempt{std::move(why), std::nullopt, !m.what.descriptor.inlets.empty(), {}, {}};
  if (const auto at = m.ready_at.load(); at != member::never) attempt.ready_at = std::chrono::nanoseconds(at);
  const auto& ports = m.what.settings.ports;
  for (const auto& inlet : m.what.descriptor.inlets)
    if (const auto group = host_.log->describe_group(ports.at(inlet.name).group))
      attempt.progress += partitions_behind(*group, attempt.behind);
  for (const auto& way : m.what.descriptor.repartitions)
    if (const auto group = host_.log->describe_group(ports.at(way.name).group))
      attempt.progress += partitions_behind(*group, attempt.behind);
  if (!attempt.reads)
    for (const auto& outlet : m.what.descriptor.outlets) {
      const auto& binding = ports.at(outlet.name);
      for (std::int32_t p = 0; p < binding.partitions; ++p)
        if (const auto offsets = host_.log->offsets({binding.topic, partition_id(p)}))
          attempt.progress += std::to_string(offsets->next.value()) + " ";
    }
  const std::lock_guard lock(mutex_);
  m.judged = true;
  m.failure = attempt.why;
  m.care.failed(attempt, now);
}

void application::restart(member& m, std::chrono::nanoseconds now) {
  std::unique_ptr<execution> old;
  {
    const std::lock_guard lock(mutex_);
    if (ends_) return;
    m.care.restarted();
    old = std::move(m.running);
  }
  old.reset(); // what it held is free before its successor asks for it
  auto fresh = launch(m);
  if (!fresh) return judge(m, {"error", fresh.error().text(), "start", ""}, now);
  const std::lock_guard lock(mutex_);
  m.running = std::move(*fresh);
  m.judged = false;
  if (ends_) m.running->abort();
}

std::optional<std::chrono::nanoseconds> application::next_due() const {
  const std::lock_guard lock(mutex_);
  std::optional<std::chrono::nanoseconds> due;
  for (const auto& m : members_)
    if (const auto at = m->care.restart_at(); at && (!due || *at < *due)) due = at;
  return due;
}

instance_phase application::phase_of(const member& m) const {
  if (m.care.degraded()) return instance_phase::degraded;
  if (m.care.restart_at()) return instance_phase::restarting;
  return m.running ? m.running->phase() : instance_phase::failed;
}

std::vector<instance_status> application::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<instance_status> out;
  for (const auto& m : members_) {
    instance_status s{m->what.settings.name, phase_of(*m)};
    s.failures = m->care.failures();
    s.failure = m->failure;
    if ((ends_ || !policy_.restarts) && m->running && !m->judged && s.phase == instance_phase::failed) { // final
      ++s.failures;
      s.failure = m->running->failure();
    }
    if (s.phase == instance_phase::restarting) s.restart_wait = m->care.wait();
    if (s.phase == instance_phase::degraded) {
      s.verdict = *m->care.degraded();
      s.advice = advice_on(m->what, *m->failure);
    }
    out.push_back(std::move(s));
  }
  return out;
}

bool application::over() const {
  const std::lock_guard lock(mutex_);
  return std::all_of(members_.begin(), members_.end(), [this](const auto& m) {
    switch (phase_of(*m)) {
    case instance_phase::completed:
    case instance_phase::drained:
    case instance_phase::degraded: return true;
    case instance_phase::failed: return ends_ || !policy_.restarts;
    default: return false;
    }
  });
}

bool application::any_failed() const {
  const std::lock_guard lock(mutex_);
  return std::any_of(members_.begin(), members_.end(), [this](const auto& m) {
    const auto phase = phase_of(*m);
    return phase == instance_phase::failed || phase == instance_phase::degraded;
  });
}

void application::drain() {
  const std::lock_guard lock(mutex_);
  ends_ = true;
  for (const auto& m : members_) {
    m->care.give_up();
    if (m->running) m->running->drain();
  }
}

void application::abort() {
  const std::lock_guard lock(mutex_);
  ends_ = true;
  for (const auto& m : members_) {
    m->care.give_up();
    if (m->running) m->running->abort();
  }
}

std::vector<std::string> application::describe() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& m : members_) {
    const auto name = m->what.settings.name.value() + ": ";
    if (m->running)
      for (const auto& line : m->running->describe()) out.push_back(name + line);
  }
  return out;
}

} // namespace cloudflow::backend
