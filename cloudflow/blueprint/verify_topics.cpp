#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/names.hpp"
#include "cloudflow/schema/resolution.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

namespace cloudflow::blueprint::internal {

namespace {

using streamlet::key_descriptor;
using streamlet::schema_descriptor;

// Streamlets and topics by name: a blueprint may have thousands.
class index {
  std::unordered_map<streamlet_name, const verified_streamlet*> streamlets_;
  std::unordered_map<topic_id, const verified_topic*> topics_;

public:
  explicit index(const verified_blueprint& plan) {
    for (const auto& s : plan.streamlets) streamlets_.emplace(s.name, &s);
    for (const auto& t : plan.topics) topics_.emplace(t.id, &t);
  }
  const verified_streamlet* streamlet(const streamlet_name& name) const {
    const auto at = streamlets_.find(name);
    return at == streamlets_.end() ? nullptr : at->second;
  }
  const verified_topic* topic(const topic_id& id) const {
    const auto at = topics_.find(id);
    return at == topics_.end() ? nullptr : at->second;
  }
  const streamlet::outlet_descriptor* outlet(const port_path& path) const {
    const auto* s = streamlet(path.streamlet);
    return s == nullptr ? nullptr : s->descriptor.find_outlet(path.port);
  }
};

const bound_port* bound(const std::vector<bound_port>& ports, const port_name& name) {
  const auto at = std::find_if(ports.begin(), ports.end(), [&](const auto& p) { return p.name == name; });
  return at == ports.end() ? nullptr : &*at;
}

origin counted(const verified_topic& topic) {
  return topic.settings.partitions ? topic.settings.partitions->where : origin{};
}

bool same_schema(const schema_descriptor& a, const schema_descriptor& b) {
  if (a.format != b.format) return false;
  if (!a.fingerprint.empty() && !b.fingerprint.empty()) return a.fingerprint == b.fingerprint;
  return a.text == b.text && a.name == b.name;
}

// Answers of `can_read`, by schema: many ports share few schemas.
class compatibility {
  std::map<std::pair<std::string, std::string>, std::optional<std::string>> answers_;

  static std::string key(const schema_descriptor& s) {
    return s.format + '\n' + (s.fingerprint.empty() ? s.name + '\n' + s.text : s.fingerprint);
  }

public:
  // Why the reader cannot read the writer's data; nullopt if it can.
  std::optional<std::string> why_not(const schema_descriptor& reader, const schema_descriptor& writer) {
    if (same_schema(reader, writer)) return std::nullopt;
    const auto [at, fresh] = answers_.try_emplace({key(reader), key(writer)});
    if (!fresh) return at->second;
    const auto definition = [](const schema_descriptor& s) {
      return schema::schema_definition{s.name, s.format, s.text, {}};
    };
    if (const auto answer = schema::can_read(definition(reader), definition(writer)); !answer)
      at->second = answer.error().text();
    return at->second;
  }
};

bool tells_writers_apart(const std::string& runtime) { return runtime == "native" || runtime == "flink"; }

struct written_schema {
  port_path first;
  const schema_descriptor* schema;
  std::size_t writers = 1;
};

std::vector<written_schema> schemas_on(const verified_topic& topic, const index& by_name) {
  std::vector<written_schema> out;
  for (const auto& producer : topic.producers) {
    const auto* outlet = by_name.outlet(producer);
    if (outlet == nullptr) continue;
    const auto at =
        std::find_if(out.begin(), out.end(), [&](const auto& w) { return same_schema(*w.schema, outlet->schema); });
    if (at == out.end()) {
      out.push_back({producer, &outlet->schema});
    } else {
      ++at->writers;
    }
  }
  return out;
}

// The partitioner's fields as positions in the key by which the inlet groups; nullopt where that cannot be said.
std::optional<std::vector<std::size_t>> positions(const std::vector<std::string>& fields, const key_descriptor& key) {
  if (key.how != key_descriptor::kind::fields) return std::nullopt;
  std::vector<std::size_t> out;
  for (const auto& field : fields) {
    const auto at = std::find(key.fields.begin(), key.fields.end(), field);
    if (at == key.fields.end()) return std::nullopt;
    out.push_back(static_cast<std::size_t>(at - key.fields.begin()));
  }
  return out;
}

bool equal_partitioners(const key_descriptor& a, const key_descriptor& a_key, const key_descriptor& b,
                        const key_descriptor& b_key) {
  if (a.fields == b.fields) return true;
  const auto a_at = positions(a.fields, a_key);
  const auto b_at = positions(b.fields, b_key);
  return a_at && b_at && *a_at == *b_at;
}

bool within(const std::vector<std::string>& fields, const std::vector<std::string>& key) {
  return std::all_of(fields.begin(), fields.end(),
                     [&](const auto& field) { return std::find(key.begin(), key.end(), field) != key.end(); });
}

class partition_check {
  const index& by_name_;
  std::vector<problem>& out_;

  void keys(const verified_streamlet& s) {
    for (const auto& in : s.descriptor.inlets) {
      const auto* port = bound(s.inlets, in.name);
      if (port == nullptr || in.unique_group || in.key.how != key_descriptor::kind::fields) continue;
      const auto* topic = by_name_.topic(port->topic);
      if (topic == nullptr || topic->partitions <= 1) continue;
      // One problem for each way of partitioning: a topic may have a thousand writers.
      std::map<std::vector<std::string>, key_not_partitioned> found;
      for (const auto& producer : topic->producers) {
        const auto* outlet = by_name_.outlet(producer);
        if (outlet == nullptr || outlet->partitioner.how == key_descriptor::kind::opaque) continue;
        const auto& fields = outlet->partitioner.fields;
        if (outlet->partitioner.how == key_descriptor::kind::fields && within(fields, in.key.fields)) continue;
        const auto [at, fresh] = found.try_emplace(fields);
        if (fresh) {
          at->second = {{s.name, in.name}, producer,   0, topic->id, topic->partitions, in.key.fields, fields,
                        counted(*topic),   port->where};
        } else {
          ++at->second.more_writers;
        }
      }
      for (auto& [fields, p] : found) out_.emplace_back(std::move(p));
    }
  }

  // The first inlet of a group against one of the others.
  void joined(const verified_streamlet& s, const bound_port& a, const bound_port& b) {
    const auto* a_topic = by_name_.topic(a.topic);
    const auto* b_topic = by_name_.topic(b.topic);
    if (a_topic == nullptr || b_topic == nullptr) return;
    const port_path a_path{s.name, a.name};
    const port_path b_path{s.name, b.name};
    if (a_topic->partitions != b_topic->partitions) {
      out_.emplace_back(unequal_partitions{a_path, b_path, a_topic->id, b_topic->id, a_topic->partitions,
                                           b_topic->partitions, counted(*a_topic), counted(*b_topic), b.where});
      return;
    }
    if (a_topic->partitions <= 1) return;
    const auto& a_key = s.descriptor.find_inlet(a.name)->key;
    const auto& b_key = s.descriptor.find_inlet(b.name)->key;
    for (const auto& a_writer : a_topic->producers) {
      const auto* a_out = by_name_.outlet(a_writer);
      if (a_out == nullptr || a_out->partitioner.how == key_descriptor::kind::opaque) continue;
      for (const auto& b_writer : b_topic->producers) {
        const auto* b_out = by_name_.outlet(b_writer);
        if (b_out == nullptr || b_out->partitioner.how == key_descriptor::kind::opaque) continue;
        const bool spread = a_out->partitioner.how == key_descriptor::kind::none ||
                            b_out->partitioner.how == key_descriptor::kind::none;
        if (!spread && equal_partitioners(a_out->partitioner, a_key, b_out->partitioner, b_key)) continue;
        out_.emplace_back(unequal_partitioners{a_path, b_path, a_writer, b_writer, a_out->partitioner.fields,
                                               b_out->partitioner.fields, b.where});
        return; // one pair of writers shows it
      }
    }
  }

public:
  partition_check(const index& by_name, std::vector<problem>& out)
      : by_name_(by_name)
      , out_(out) {}

  void check(const verified_streamlet& s) {
    keys(s);
    for (const auto& group : s.descriptor.co_partitioned) {
      const bound_port* first = group.empty() ? nullptr : bound(s.inlets, group.front());
      for (std::size_t i = 1; first != nullptr && i < group.size(); ++i)
        if (const auto* other = bound(s.inlets, group[i]); other != nullptr && other != first)
          joined(s, *first, *other);
    }
  }
};

} // namespace

void check_topic_names(const verified_blueprint& plan, std::vector<problem>& out) {
  // Names are one space per cluster.
  std::map<std::pair<std::string, std::string>, const verified_topic*> names;
  for (const auto& topic : plan.topics) {
    const auto& given = topic.settings.name;
    const origin where = given ? given->where : topic.where;
    if (!is_topic_name(topic.name.value())) {
      out.emplace_back(invalid_topic_name{topic.id, topic.name.value(), where});
      continue;
    }
    if (topic.settings.cluster && !is_label(topic.settings.cluster->value))
      out.emplace_back(invalid_kafka_cluster_name{topic.id, *topic.cluster, topic.settings.cluster->where});
    const auto& servers = topic.settings.bootstrap_servers;
    const std::string cluster =
        servers ? "servers " + servers->value : "cluster " + topic.cluster.value_or(std::string());
    const auto [at, fresh] = names.emplace(std::pair(cluster, topic.name.value()), &topic);
    if (!fresh && at->second->id != topic.id)
      out.emplace_back(duplicate_topic_name{topic.name, at->second->id, topic.id, where, at->second->where});
  }
}

void check_schemas(const verified_blueprint& plan, std::vector<problem>& out) {
  const index by_name(plan);
  compatibility compatible;
  for (const auto& topic : plan.topics) {
    const auto written = schemas_on(topic, by_name);
    for (const auto& consumer : topic.consumers) {
      const auto* s = by_name.streamlet(consumer.streamlet);
      const auto* inlet = s == nullptr ? nullptr : s->descriptor.find_inlet(consumer.port);
      if (inlet == nullptr) continue;
      const auto* port = bound(s->inlets, consumer.port);
      const origin where = port == nullptr ? topic.where : port->where;
      if (topic.schema)
        if (auto because = compatible.why_not(inlet->schema, *topic.schema))
          out.emplace_back(incompatible_topic_schema{consumer, topic.id, topic.settings.schema->value, *topic.schema,
                                                     inlet->schema, std::move(*because), topic.settings.schema->where});
      for (const auto& w : written)
        if (auto because = compatible.why_not(inlet->schema, *w.schema))
          out.emplace_back(incompatible_schema{w.first, consumer, w.writers - 1, topic.id, *w.schema, inlet->schema,
                                               std::move(*because), where});
      if (written.size() > 1 && !tells_writers_apart(s->runtime))
        out.emplace_back(
            mixed_writers{topic.id, written.front().first, written.back().first, consumer, s->runtime, where});
    }
  }
}

void check_partitioning(const verified_blueprint& plan, std::vector<problem>& out) {
  const index by_name(plan);
  partition_check check(by_name, out);
  for (const auto& s : plan.streamlets) check.check(s);
}

void sort_by_place(std::vector<problem>& problems) {
  std::stable_sort(problems.begin(), problems.end(), [](const problem& a, const problem& b) {
    const auto a_at = place_of(a);
    const auto b_at = place_of(b);
    if (a_at != b_at) return a_at < b_at;
    return code_of(a) < code_of(b);
  });
}

} // namespace cloudflow::blueprint::internal
