#include "cloudflow/backend/application.hpp"

#include <algorithm>

namespace cloudflow::backend {

namespace {

bool is_over(instance_phase phase) {
  return phase == instance_phase::completed || phase == instance_phase::drained || phase == instance_phase::failed;
}

} // namespace

result<std::unique_ptr<application>> application::start(application_plan plan, const registry& backends,
                                                        const host_services& host, std::function<void()> on_change) {
  std::unique_ptr<application> app(new application(std::move(plan), host, std::move(on_change)));
  app->host_.schemas = app->plan_.schemas;
  if (auto done = app->make_topics(); !done) return unexpected(done.error());
  if (auto done = app->start_instances(backends); !done) return unexpected(done.error());
  return app;
}

// Readers and writers are declared before anything runs: a topic is not closed, and records are not forgotten, because
// one streamlet was quicker than another.
result<void> application::make_topics() {
  for (const auto& topic : plan_.topics)
    if (auto done = host_.log->create_topic(topic); !done && done.error().code != errc::already_exists) return done;
  const bool closing = host_.log->capabilities().closing;
  for (const auto& i : plan_.instances) {
    for (const auto& inlet : i.descriptor.inlets) {
      const auto& binding = i.settings.ports.at(inlet.name);
      if (auto done = host_.log->declare_reader(binding.group, std::span(&binding.topic, 1)); !done) return done;
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
    auto running = backends_.at(i.descriptor.runtime)->start(i, [this](const streamlet_name&, instance_phase) {
      if (on_change_) on_change_();
    });
    if (!running) return unexpected(running.error().wrap("streamlet '" + i.settings.name.value() + "' did not start"));
    executions_.push_back(std::move(*running));
  }
  return {};
}

application::~application() {
  abort();
  executions_.clear();
  backends_.clear();
}

std::vector<instance_status> application::status() const {
  std::vector<instance_status> out;
  for (std::size_t i = 0; i < executions_.size(); ++i)
    out.push_back({plan_.instances[i].settings.name, executions_[i]->phase(), executions_[i]->failure()});
  return out;
}

bool application::over() const {
  return std::all_of(executions_.begin(), executions_.end(), [](const auto& e) { return is_over(e->phase()); });
}

bool application::any_failed() const {
  return std::any_of(executions_.begin(), executions_.end(),
                     [](const auto& e) { return e->phase() == instance_phase::failed; });
}

void application::drain() {
  for (const auto& e : executions_) e->drain();
}

void application::abort() {
  for (const auto& e : executions_) e->abort();
}

std::vector<std::string> application::describe() const {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < executions_.size(); ++i)
    for (const auto& line : executions_[i]->describe())
      out.push_back(plan_.instances[i].settings.name.value() + ": " + line);
  return out;
}

} // namespace cloudflow::backend
