#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

namespace cloudflow::streamlet {

namespace {

// Reads members of one object; the first thing that is missing or of another type is remembered, the rest reads empty.
class reader {
  std::optional<error>& failed_;
  std::string place_;

  void fail(const std::string& what) {
    if (!failed_) failed_ = error{errc::invalid_argument, error_source::user, false, place_ + ": " + what};
  }

public:
  config::value object;

  reader(config::value v, std::string place, std::optional<error>& failed)
      : failed_(failed)
      , place_(std::move(place))
      , object(std::move(v)) {
    if (!object.is_object()) fail("is no object");
  }

  std::string text(std::string_view key) {
    const auto v = object.get(key);
    if (v && v->is_string()) return std::string(v->text());
    fail("member '" + std::string(key) + "' is no string");
    return {};
  }
  std::optional<std::string> optional_text(std::string_view key) {
    return object.get(key) ? std::optional(text(key)) : std::nullopt;
  }
  bool flag(std::string_view key) {
    const auto v = object.get(key);
    if (v && v->kind() == config::kind::boolean) return v->flag();
    fail("member '" + std::string(key) + "' is no boolean");
    return false;
  }
  reader child(std::string_view key) {
    return {object.get(key).value_or(config::value()), place_ + "." + std::string(key), failed_};
  }
  template <class F> void each(std::string_view key, F&& f) {
    const auto v = object.get(key);
    if (!v || !v->is_array()) return fail("member '" + std::string(key) + "' is no array");
    for (std::size_t i = 0; i < v->size(); ++i)
      f(v->at(i), place_ + "." + std::string(key) + "[" + std::to_string(i) + "]");
  }
  std::vector<std::string> texts(std::string_view key) {
    std::vector<std::string> out;
    each(key, [&](const config::value& v, const std::string&) { out.emplace_back(v.text()); });
    return out;
  }
  [[nodiscard]] std::optional<error>& failed() { return failed_; }
};

schema_descriptor read_schema(reader r) {
  return {r.text("name"), r.text("format"), r.text("fingerprint"), r.text("schema")};
}

key_descriptor read_key(reader r) {
  key_descriptor key;
  const auto kind = r.text("kind");
  key.how = kind == "fields"   ? key_descriptor::kind::fields
            : kind == "opaque" ? key_descriptor::kind::opaque
                               : key_descriptor::kind::none;
  if (key.how == key_descriptor::kind::fields) key.fields = r.texts("fields");
  return key;
}

streamlet_descriptor read_streamlet(reader r) {
  streamlet_descriptor d;
  d.class_name = r.text("class_name");
  d.runtime = r.text("runtime");
  d.description = r.text("description");
  d.labels = r.texts("labels");
  auto& failed = r.failed();
  r.each("inlets", [&](const config::value& v, const std::string& place) {
    reader in(v, place, failed);
    d.inlets.push_back({port_name(in.text("name")), read_schema(in.child("schema")), in.text("on_error"),
                        in.flag("unique_group"), in.text("event_time"), read_key(in.child("key"))});
  });
  r.each("outlets", [&](const config::value& v, const std::string& place) {
    reader out(v, place, failed);
    d.outlets.push_back(
        {port_name(out.text("name")), read_schema(out.child("schema")), read_key(out.child("partitioner"))});
  });
  r.each("config_parameters", [&](const config::value& v, const std::string& place) {
    reader p(v, place, failed);
    d.config_parameters.push_back({p.text("key"), p.text("description"), p.text("validation_type"),
                                   p.optional_text("validation_pattern"), p.optional_text("default_value"),
                                   p.flag("secret")});
  });
  r.each("volume_mounts", [&](const config::value& v, const std::string& place) {
    reader m(v, place, failed);
    d.volume_mounts.push_back({m.text("name"), m.text("path"), m.text("access_mode")});
  });
  r.each("attributes", [&](const config::value& v, const std::string& place) {
    reader a(v, place, failed);
    d.attributes.push_back({a.text("attribute_name"), a.text("config_path")});
  });
  r.each("co_partitioned", [&](const config::value& v, const std::string&) {
    auto& group = d.co_partitioned.emplace_back();
    for (const auto& port : v.elements()) group.emplace_back(std::string(port.text()));
  });
  if (r.object.get("repartitions")) // a module without any says nothing of them
    r.each("repartitions", [&](const config::value& v, const std::string& place) {
      reader each(v, place, failed);
      d.repartitions.push_back(
          {port_name(each.text("name")), read_schema(each.child("schema")), read_key(each.child("key"))});
    });
  return d;
}

} // namespace

result<module_descriptor> module_descriptor_from_json(std::string_view json) {
  auto parsed = config::parse_json(json, "module descriptor");
  if (!parsed) {
    const auto& problem = parsed.error().front();
    return unexpected(error{errc::parse_error, error_source::user, false, problem.message, problem.where});
  }
  std::optional<error> failed;
  reader root(*parsed, "descriptor", failed);
  if (const auto protocol = config::get_int(*parsed, "protocol"); !protocol || *protocol != module_descriptor::protocol)
    return user_error(errc::incompatible, "the module's descriptor has protocol " +
                                              (protocol ? std::to_string(*protocol) : std::string("(none)")) +
                                              ", this program reads " + std::to_string(module_descriptor::protocol) +
                                              ": build the module again");
  module_descriptor out;
  out.kind = root.child("module").text("kind");
  out.core_version = root.text("core_version");
  root.each("streamlets", [&](const config::value& v, const std::string& place) {
    out.streamlets.push_back(read_streamlet(reader(v, place, failed)));
  });
  root.each("failures", [&](const config::value& v, const std::string& place) {
    reader f(v, place, failed);
    out.failures.push_back({f.text("class_name"), f.text("reason")});
  });
  if (failed) return unexpected(*failed);
  return out;
}

} // namespace cloudflow::streamlet
