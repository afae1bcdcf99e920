#include "cloudflow/blueprint/verified_blueprint.hpp"

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

} // namespace cloudflow::blueprint
