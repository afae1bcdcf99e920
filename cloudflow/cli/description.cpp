#include "cloudflow/cli/description.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/blueprint/names.hpp"
#include "cloudflow/cli/delivery.hpp"
#include "cloudflow/config/render.hpp"

namespace cloudflow::cli {

namespace {

using namespace streamlet;

std::string text_of(const key_descriptor& key) {
  if (key.how == key_descriptor::kind::opaque) return "a function";
  std::string out;
  for (const auto& f : key.fields) out += (out.empty() ? "" : ", ") + f;
  return out;
}

std::string short_print(const schema_descriptor& schema) { return schema.fingerprint.substr(0, 16); }

std::string text_of(const schema_descriptor& schema) {
  return schema.name + " (" + schema.format + (schema.fingerprint.empty() ? "" : " " + short_print(schema)) + ")";
}

// The value in force, if someone gave one: a default stands where the parameter is described.
std::optional<std::string> configured(const application_description& what, std::size_t index, const std::string& key,
                                      bool secret) {
  if (index >= what.configuration.size()) return std::nullopt;
  const auto v = what.configuration[index].parameters.get(key);
  if (!v || v->is_null() || v->where().name().starts_with("default of ")) return std::nullopt;
  const auto& secrets = what.configuration[index].secrets;
  if (secret || config::is_secret_key(key) || secrets.contains(key)) return "*** from " + v->where().text();
  return std::string(v->text());
}

std::optional<std::string> default_of(const config_parameter_descriptor& p) {
  if (p.default_value && (p.secret || config::is_secret_key(p.key))) return "***";
  return p.default_value;
}

// What configuration says, else the class.
std::string policy_of(const application_description& what, std::size_t index, const inlet_descriptor& in) {
  if (index < what.configuration.size())
    if (const auto at = what.configuration[index].on_error.find(in.name);
        at != what.configuration[index].on_error.end())
      return std::string(name_of(at->second));
  return in.on_error == "default" ? std::string(name_of(error_policy::dead_letter)) : in.on_error;
}

void describe_ports(const application_description& what, std::size_t index, std::string& out) {
  const auto& s = what.plan.streamlets[index];
  for (const auto& port : s.inlets) {
    const auto& in = *s.descriptor.find_inlet(port.name);
    out += "    inlet " + port.name.value() + "  " + text_of(in.schema) + "\n        from topic " + port.topic.value() +
           " as group " + port.group.value() + "\n";
    if (!in.event_time.empty()) out += "        event time: " + in.event_time + "\n";
    if (in.key.how != key_descriptor::kind::none) out += "        keyed by: " + text_of(in.key) + "\n";
    const auto policy = policy_of(what, index, in);
    out += "        bad records: " + policy;
    if (policy == name_of(error_policy::dead_letter))
      out += ", to " + what.plan.app_id + "." + s.name.value() + "." + port.name.value() + ".dead";
    out += "\n";
    if (in.unique_group) out += "        every replica reads all partitions\n";
    if (!port.first_of_group.value().empty())
      out += "        co-partitioned with: " + port.first_of_group.value() + "\n";
  }
  for (const auto& port : s.outlets) {
    const auto& outlet = *s.descriptor.find_outlet(port.name);
    out += "    outlet " + port.name.value() + "  " + text_of(outlet.schema) + "\n        to topic " +
           port.topic.value() + ", partitioned by: " +
           (outlet.partitioner.how == key_descriptor::kind::none ? "nothing, records are spread evenly"
                                                                 : text_of(outlet.partitioner)) +
           "\n";
  }
  for (const auto& way : s.descriptor.repartitions) {
    const port_path port{s.name, way.name};
    out += "    repartition " + way.name.value() + "  " + text_of(way.schema) + "\n        through topic " +
           blueprint::repartition_topic(what.plan.app_id, port).value() + " as group " +
           blueprint::group_of(what.plan.app_id, port).value() + ", keyed by: " + text_of(way.key) + "\n";
  }
}

void write_key(json_writer& json, std::string_view name, const key_descriptor& key) {
  json.key(name).begin_object();
  json.member("kind", key.how == key_descriptor::kind::none     ? "none"
                      : key.how == key_descriptor::kind::opaque ? "function"
                                                                : "fields");
  json.key("fields").begin_array();
  for (const auto& f : key.fields) json.value(f);
  json.end_array().end_object();
}

void write_schema(json_writer& json, const schema_descriptor& schema) {
  json.key("schema").begin_object().member("name", schema.name).member("format", schema.format);
  json.member("fingerprint", schema.fingerprint).end_object();
}

void write_streamlet(json_writer& json, const application_description& what, std::size_t index) {
  const auto& s = what.plan.streamlets[index];
  const auto& d = s.descriptor;
  json.begin_object().member("name", s.name.value()).member("class", s.class_name).member("runtime", s.runtime);
  json.member("description", d.description).key("labels").begin_array();
  for (const auto& label : d.labels) json.value(label);
  json.end_array().key("inlets").begin_array();
  for (const auto& port : s.inlets) {
    const auto& in = *d.find_inlet(port.name);
    json.begin_object().member("name", port.name.value());
    write_schema(json, in.schema);
    json.member("topic", port.topic.value()).member("group", port.group.value());
    json.member("event_time", in.event_time).member("on_error", policy_of(what, index, in));
    json.member("unique_group", in.unique_group);
    write_key(json, "keyed_by", in.key);
    json.end_object();
  }
  json.end_array().key("outlets").begin_array();
  for (const auto& port : s.outlets) {
    const auto& outlet = *d.find_outlet(port.name);
    json.begin_object().member("name", port.name.value());
    write_schema(json, outlet.schema);
    json.member("topic", port.topic.value());
    write_key(json, "partitioner", outlet.partitioner);
    json.end_object();
  }
  json.end_array().key("repartitions").begin_array();
  for (const auto& way : d.repartitions) {
    const port_path port{s.name, way.name};
    json.begin_object().member("name", way.name.value());
    write_schema(json, way.schema);
    json.member("topic", blueprint::repartition_topic(what.plan.app_id, port).value());
    json.member("group", blueprint::group_of(what.plan.app_id, port).value());
    write_key(json, "keyed_by", way.key);
    json.end_object();
  }
  json.end_array().key("parameters").begin_array();
  for (const auto& p : d.config_parameters) {
    json.begin_object().member("key", p.key).member("type", p.validation_type).member("description", p.description);
    if (p.validation_pattern) json.member("pattern", *p.validation_pattern);
    const auto fallback = default_of(p);
    fallback ? json.member("default", *fallback) : json.key("default").null();
    json.member("required", !p.default_value).member("secret", p.secret);
    if (const auto v = configured(what, index, p.key, p.secret)) json.member("value", *v);
    json.end_object();
  }
  json.end_array().key("volume_mounts").begin_array();
  for (const auto& m : d.volume_mounts)
    json.begin_object().member("name", m.name).member("path", m.path).member("access_mode", m.access_mode).end_object();
  const auto worth = index < what.configuration.size() ? what.configuration[index].delivery : delivery::exactly_once;
  json.end_array().member("delivery", name_of(worth)).end_object();
}

} // namespace

std::string text_of(const application_description& what) {
  const auto& plan = what.plan;
  std::string out = plan.app_id + (what.version.empty() ? "" : " " + what.version) + "\n\nStreamlets\n";
  for (std::size_t i = 0; i < plan.streamlets.size(); ++i) {
    const auto& s = plan.streamlets[i];
    const auto& d = s.descriptor;
    out += "  " + s.name.value() + "  " + s.class_name + " (" + s.runtime + ")\n";
    if (!d.description.empty()) out += "    " + d.description + "\n";
    std::string labels;
    for (const auto& label : d.labels) labels += (labels.empty() ? "" : ", ") + label;
    if (!labels.empty()) out += "    labels: " + labels + "\n";
    describe_ports(what, i, out);
    for (const auto& p : d.config_parameters) {
      const auto fallback = default_of(p);
      out += "    parameter " + p.key + "  " + p.validation_type;
      if (p.validation_pattern) out += " like " + *p.validation_pattern;
      out += fallback ? ", default " + (fallback->empty() ? "\"\"" : *fallback) : std::string(", required");
      if (const auto v = configured(what, i, p.key, p.secret)) out += ", in force " + *v;
      out += "\n" + (p.description.empty() ? std::string() : "        " + p.description + "\n");
    }
    for (const auto& m : d.volume_mounts) out += "    mount " + m.name + "  " + m.path + " (" + m.access_mode + ")\n";
  }
  out += "\nTopics\n";
  for (const auto& t : plan.topics) {
    out += "  " + t.id.value() + "  " + t.name.value() + ", " + std::to_string(t.partitions) +
           (t.partitions == 1 ? " partition" : " partitions") + (t.partitions_given ? "" : " (default)") +
           (t.managed ? "" : ", not managed") + (t.cluster ? ", cluster " + *t.cluster : "") + "\n";
    for (const auto& p : t.producers) out += "    written by " + p.text() + "\n";
    for (const auto& c : t.consumers) {
      out += "    read by    " + c.text();
      if (const auto* s = plan.find(c.streamlet))
        for (const auto& port : s->inlets)
          if (port.name == c.port) out += "  group " + port.group.value();
      out += "\n";
    }
  }
  return out + "\n" + delivery_text(blueprint::find_delivery_paths(plan, what.configuration));
}

std::string json_of(const application_description& what) {
  const auto& plan = what.plan;
  json_writer json(2);
  json.begin_object().member("application", plan.app_id).member("version", what.version);
  write_delivery(json, blueprint::find_delivery_paths(plan, what.configuration));
  json.key("streamlets").begin_array();
  for (std::size_t i = 0; i < plan.streamlets.size(); ++i) write_streamlet(json, what, i);
  json.end_array().key("topics").begin_array();
  for (const auto& t : plan.topics) {
    json.begin_object().member("id", t.id.value()).member("name", t.name.value());
    json.member("partitions", static_cast<int>(t.partitions)).member("managed", t.managed);
    t.cluster ? json.member("cluster", *t.cluster) : json.key("cluster").null();
    json.key("producers").begin_array();
    for (const auto& p : t.producers) json.value(p.text());
    json.end_array().key("consumers").begin_array();
    for (const auto& c : t.consumers) json.value(c.text());
    json.end_array().end_object();
  }
  json.end_array().end_object();
  return std::move(json).text() + "\n";
}

} // namespace cloudflow::cli
