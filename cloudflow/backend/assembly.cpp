#include "cloudflow/backend/assembly.hpp"

#include "cloudflow/backend/dead_letters.hpp"
#include "cloudflow/blueprint/names.hpp"

#include <algorithm>
#include <set>

namespace cloudflow::backend {

namespace {

using blueprint::verified_blueprint;
using blueprint::verified_streamlet;

std::map<port_name, streamlet::port_binding> bindings_of(const verified_blueprint& app, const verified_streamlet& s,
                                                         const blueprint::streamlet_config& choices) {
  std::map<port_name, streamlet::port_binding> out;
  auto bind = [&](const blueprint::bound_port& port) -> streamlet::port_binding& {
    const auto* topic = app.find(port.topic);
    auto& binding = out[port.name];
    binding.id = port.topic;
    binding.topic = topic->name;
    binding.partitions = topic->partitions;
    binding.schema = topic->schema;
    return binding;
  };
  for (const auto& port : s.inlets) {
    auto& binding = bind(port);
    binding.group = port.group;
    binding.first_of_group = port.first_of_group.value();
    if (const auto* inlet = s.descriptor.find_inlet(port.name)) binding.unique_group = inlet->unique_group;
    if (const auto at = choices.on_error.find(port.name); at != choices.on_error.end()) binding.on_error = at->second;
    if (const auto at = choices.retries.find(port.name); at != choices.retries.end()) binding.retries = at->second;
  }
  for (const auto& port : s.outlets) bind(port);
  auto partitions = blueprint::default_partitions;
  if (!s.inlets.empty() && !out.at(s.inlets.front().name).unique_group)
    partitions = out.at(s.inlets.front().name).partitions;
  for (const auto& way : s.descriptor.repartitions) {
    auto& binding = out[way.name];
    binding.topic = blueprint::repartition_topic(app.app_id, {s.name, way.name});
    binding.id = topic_id(binding.topic.value());
    binding.group = blueprint::group_of(app.app_id, {s.name, way.name});
    const auto at = choices.repartitions.find(way.name);
    binding.partitions = at == choices.repartitions.end() ? partitions : at->second;
  }
  return out;
}

// Everything that reads what `from` writes, directly or behind other streamlets.
std::vector<log::topic_reading> downstream_of(const verified_blueprint& app, const verified_streamlet& from) {
  std::vector<log::topic_reading> out;
  std::set<topic_id> seen;
  std::set<streamlet_name> cut;
  std::vector<const verified_streamlet*> todo = {&from};
  while (!todo.empty()) {
    const auto* writer = todo.back();
    todo.pop_back();
    if (cut.insert(writer->name).second)
      for (const auto& way : writer->descriptor.repartitions) {
        const port_path port{writer->name, way.name};
        out.push_back({blueprint::repartition_topic(app.app_id, port), blueprint::group_of(app.app_id, port)});
      }
    for (const auto& port : writer->outlets) {
      if (!seen.insert(port.topic).second) continue;
      const auto* topic = app.find(port.topic);
      for (const auto& consumer : topic->consumers) {
        const auto* reader = app.find(consumer.streamlet);
        if (!reader) continue;
        const auto inlet = std::find_if(reader->inlets.begin(), reader->inlets.end(),
                                        [&](const auto& p) { return p.name == consumer.port; });
        if (inlet != reader->inlets.end()) out.push_back({topic->name, inlet->group});
        todo.push_back(reader);
      }
    }
  }
  return out;
}

// Distance from the sources: what is furthest downstream starts first, so that it is there when records come.
std::map<streamlet_name, int> depths(const verified_blueprint& app) {
  std::map<streamlet_name, int> depth;
  const int limit = static_cast<int>(app.streamlets.size());
  for (bool changed = true; changed;) {
    changed = false;
    for (const auto& topic : app.topics)
      for (const auto& p : topic.producers)
        for (const auto& c : topic.consumers)
          if (const int d = depth[p.streamlet] + 1; depth[c.streamlet] < d && d <= limit) {
            depth[c.streamlet] = d;
            changed = true;
          }
  }
  return depth;
}

} // namespace

application_plan assemble(const blueprint::application_config& app, const assembly_options& options) {
  application_plan plan;
  plan.app_id = app.plan.app_id;
  for (const auto& t : app.plan.topics) {
    log::topic_spec spec;
    spec.name = t.name;
    spec.partitions = t.partitions;
    spec.cleanup = log::cleanup_policy::consumed;
    for (const auto& [key, value] : t.settings.topic) spec.settings[key] = value.value;
    plan.topics.push_back(std::move(spec));
  }
  for (const auto& s : app.plan.streamlets) {
    const auto& chosen = *app.find(s.name); // `configure` makes one for each
    instance i;
    i.settings.app_id = app.plan.app_id;
    i.settings.app_version = options.app_version;
    i.settings.name = s.name;
    i.settings.class_name = s.class_name;
    i.settings.parameters = chosen.parameters;
    i.settings.config = chosen.config;
    i.settings.mounts = chosen.mounts;
    i.settings.ports = bindings_of(app.plan, s, chosen);
    i.settings.delivery = chosen.delivery;
    i.settings.commit_interval = chosen.commit_interval;
    i.settings.local = options.local;
    i.descriptor = s.descriptor;
    i.module = options.module;
    if (s.inlets.empty()) i.downstream = downstream_of(app.plan, s);
    for (const auto& port : s.descriptor.inlets) {
      plan.schemas.push_back(port.schema);
      if (auto dead = dead_letter_topic(i, port)) plan.topics.push_back(*std::move(dead));
    }
    for (const auto& port : s.descriptor.outlets) plan.schemas.push_back(port.schema);
    for (const auto& way : s.descriptor.repartitions) {
      plan.schemas.push_back(way.schema);
      const auto& port = i.settings.ports.at(way.name);
      plan.topics.push_back(
          {.name = port.topic, .partitions = port.partitions, .cleanup = log::cleanup_policy::consumed});
    }
    plan.instances.push_back(std::move(i));
  }
  const auto depth = depths(app.plan);
  auto depth_of = [&](const instance& i) {
    const auto at = depth.find(i.settings.name);
    return at == depth.end() ? 0 : at->second;
  };
  std::stable_sort(plan.instances.begin(), plan.instances.end(),
                   [&](const auto& a, const auto& b) { return depth_of(a) > depth_of(b); });
  return plan;
}

} // namespace cloudflow::backend
