#include "cloudflow/streamlet/descriptor.hpp"

#include "cloudflow/base/json_writer.hpp"

#include <algorithm>

namespace cloudflow::streamlet {

namespace {

template <class T, class By> std::vector<T> sorted(std::vector<T> list, By by) {
  std::stable_sort(list.begin(), list.end(), [&](const T& a, const T& b) { return by(a) < by(b); });
  return list;
}

void write(json_writer& json, const schema_descriptor& s) {
  json.begin_object().member("name", s.name).member("format", s.format).member("fingerprint", s.fingerprint);
  json.member("schema", s.text).end_object();
}

std::string_view name_of(key_descriptor::kind kind) {
  switch (kind) {
  case key_descriptor::kind::none: return "none";
  case key_descriptor::kind::fields: return "fields";
  case key_descriptor::kind::opaque: return "opaque";
  }
  return "none";
}

void write_strings(json_writer& json, std::string_view key, const std::vector<std::string>& list) {
  json.key(key).begin_array();
  for (const auto& text : list) json.value(text);
  json.end_array();
}

void write(json_writer& json, std::string_view name, const key_descriptor& key) {
  json.key(name).begin_object().member("kind", name_of(key.how));
  if (!key.fields.empty()) write_strings(json, "fields", key.fields);
  json.end_object();
}

void write(json_writer& json, const streamlet_descriptor& d) {
  json.begin_object();
  json.member("class_name", d.class_name).member("runtime", d.runtime).member("description", d.description);
  auto labels = d.labels;
  std::sort(labels.begin(), labels.end());
  write_strings(json, "labels", labels);
  // Ports keep the order of the shape: the first inlet names the group of co-partitioned ones.
  json.key("inlets").begin_array();
  for (const auto& in : d.inlets) {
    json.begin_object().member("name", in.name.value()).key("schema");
    write(json, in.schema);
    json.member("on_error", in.on_error).member("unique_group", in.unique_group).member("event_time", in.event_time);
    write(json, "key", in.key);
    json.end_object();
  }
  json.end_array().key("outlets").begin_array();
  for (const auto& out : d.outlets) {
    json.begin_object().member("name", out.name.value()).key("schema");
    write(json, out.schema);
    write(json, "partitioner", out.partitioner);
    json.end_object();
  }
  json.end_array().key("config_parameters").begin_array();
  for (const auto& p : sorted(d.config_parameters, [](const auto& p) { return p.key; })) {
    json.begin_object().member("key", p.key).member("description", p.description);
    json.member("validation_type", p.validation_type);
    if (p.validation_pattern) json.member("validation_pattern", *p.validation_pattern);
    if (p.default_value) json.member("default_value", *p.default_value);
    json.member("secret", p.secret).end_object();
  }
  json.end_array().key("volume_mounts").begin_array();
  for (const auto& m : d.volume_mounts)
    json.begin_object().member("name", m.name).member("path", m.path).member("access_mode", m.access_mode).end_object();
  json.end_array().key("attributes").begin_array();
  for (const auto& a : d.attributes)
    json.begin_object().member("attribute_name", a.attribute_name).member("config_path", a.config_path).end_object();
  json.end_array().key("co_partitioned").begin_array();
  for (const auto& group : d.co_partitioned) {
    json.begin_array();
    for (const auto& port : group) json.value(port.value());
    json.end_array();
  }
  json.end_array();
  if (!d.repartitions.empty()) {
    json.key("repartitions").begin_array();
    for (const auto& r : d.repartitions) {
      json.begin_object().member("name", r.name.value()).key("schema");
      write(json, r.schema);
      write(json, "key", r.key);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
}

} // namespace

const inlet_descriptor* streamlet_descriptor::find_inlet(const port_name& name) const {
  const auto at = std::find_if(inlets.begin(), inlets.end(), [&](const auto& p) { return p.name == name; });
  return at == inlets.end() ? nullptr : &*at;
}

const outlet_descriptor* streamlet_descriptor::find_outlet(const port_name& name) const {
  const auto at = std::find_if(outlets.begin(), outlets.end(), [&](const auto& p) { return p.name == name; });
  return at == outlets.end() ? nullptr : &*at;
}

std::string to_json(const streamlet_descriptor& descriptor, int indent) {
  json_writer json(indent);
  write(json, descriptor);
  return std::move(json).text();
}

std::string to_json(const module_descriptor& descriptor, int indent) {
  json_writer json(indent);
  json.begin_object().member("protocol", module_descriptor::protocol);
  json.key("module").begin_object().member("kind", descriptor.kind).end_object();
  json.member("core_version", descriptor.core_version);
  json.key("streamlets").begin_array();
  for (const auto& s : sorted(descriptor.streamlets, [](const auto& s) { return s.class_name; })) write(json, s);
  json.end_array().key("failures").begin_array();
  for (const auto& f : sorted(descriptor.failures, [](const auto& f) { return f.class_name; }))
    json.begin_object().member("class_name", f.class_name).member("reason", f.reason).end_object();
  json.end_array().end_object();
  return std::move(json).text();
}

} // namespace cloudflow::streamlet
