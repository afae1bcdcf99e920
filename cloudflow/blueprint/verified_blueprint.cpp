#include "cloudflow/blueprint/verified_blueprint.hpp"

#include "cloudflow/blueprint/internal/checks.hpp"

#include <algorithm>

namespace cloudflow::blueprint {

const verified_streamlet* verified_blueprint::find(const streamlet_name& name) const {
  const auto at = std::find_if(streamlets.begin(), streamlets.end(), [&](const auto& s) { return s.name == name; });
  return at == streamlets.end() ? nullptr : &*at;
}

const verified_topic* verified_blueprint::find(const topic_id& id) const {
  const auto at = std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.id == id; });
  return at == topics.end() ? nullptr : &*at;
}

verified_topic* verified_blueprint::find(const topic_id& id) {
  const auto at = std::find_if(topics.begin(), topics.end(), [&](const auto& t) { return t.id == id; });
  return at == topics.end() ? nullptr : &*at;
}

const verified_topic* verified_blueprint::topic_of(const port_path& port) const {
  const auto* s = find(port.streamlet);
  if (s == nullptr) return nullptr;
  for (const auto* list : {&s->inlets, &s->outlets})
    for (const auto& bound : *list)
      if (bound.name == port.port) return find(bound.topic);
  return nullptr;
}

void internal::apply_settings(verified_topic& topic, const topic_settings& settings) {
  topic.settings = settings.over(topic.settings);
  const auto& s = topic.settings;
  if (s.name) {
    topic.name = topic_name(s.name->value);
    topic.named = true;
  }
  if (s.partitions) {
    topic.partitions = s.partitions->value;
    topic.partitions_given = true;
  }
  if (s.managed) topic.managed = s.managed->value;
  if (settings.schema) topic.schema.reset(); // another file: to be read
  if (s.cluster) topic.cluster = s.cluster->value;
}

} // namespace cloudflow::blueprint
