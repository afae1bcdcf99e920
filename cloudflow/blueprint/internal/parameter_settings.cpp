#include "cloudflow/blueprint/internal/parameter_settings.hpp"

#include "cloudflow/blueprint/internal/parameter_type.hpp"
#include "cloudflow/config/path.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/config/render.hpp"

#include <algorithm>

namespace cloudflow::blueprint::internal {

namespace {

std::string shown_value(const std::string& key, const config::value& v) {
  if (config::is_secret_key(key)) return "***";
  return v.is_object() || v.is_array() ? config::render_masked(v) : std::string(v.text());
}

// `{ file = PATH }`, which is what `<parameter>.file = PATH` makes.
std::optional<named_file> value_file(const config::value& v) {
  const auto file = v.size() == 1 ? v.get("file") : std::nullopt;
  if (!file || !file->is_string()) return std::nullopt;
  return file_named(file->text(), file->where());
}

} // namespace

void parameter_settings::parameter(const given& g, const verified_streamlet& s, streamlet_config& into) {
  const auto& key = g.keys.back();
  const auto& declared = s.descriptor.config_parameters;
  const auto at = std::find_if(declared.begin(), declared.end(), [&](const auto& p) { return p.key == key; });
  if (at == declared.end()) {
    std::vector<std::string> known;
    for (const auto& p : declared) known.push_back(p.key);
    auto close = suggest_.nearest_to(key, known);
    out_.emplace_back(
        unknown_parameter{s.name.value(), s.class_name, key, std::move(close), std::move(known), g.key_where});
    return;
  }
  auto declaration = *at;
  auto value = g.value;
  if (const auto file = value_file(value)) {
    declaration.secret = true; // whatever the class says: a value that is kept in a file is not for printing
    const auto text = value_in(*file, config::render_path(g.keys));
    if (!text) return;
    value = config::value::of(*text, origin::of(file->path.string()));
  }
  if (declaration.secret) into.secrets.insert(key);
  into.parameters = into.parameters.with({key}, value, g.key_where);
  const auto refused = why_refused(declaration, value);
  if (!refused) return;
  if (refused->why == refusal::wrong_type) {
    out_.emplace_back(wrong_config_type{config::render_path(g.keys), refused->reason, "", value.where()});
  } else {
    out_.emplace_back(pattern_mismatch{s.name.value(), key, declaration.secret ? "***" : shown_value(key, value),
                                       declaration.validation_pattern.value_or(""), value.where()});
  }
}

// The file's text without its last line end, which editors add.
std::optional<std::string> parameter_settings::value_in(const named_file& file, const std::string& key) {
  auto text = text_of(file, reader_);
  if (!text) {
    out_.emplace_back(unreadable_value_file{key, file.path.string(), std::move(text).error(), file.where});
    return std::nullopt;
  }
  if (text->ends_with('\n')) text->pop_back();
  if (text->ends_with('\r')) text->pop_back();
  return std::move(*text);
}

void parameter_settings::mount(const given& g, const verified_streamlet& s, streamlet_config& into) {
  const auto& name = g.keys.back();
  std::vector<std::string> known;
  for (const auto& m : s.descriptor.volume_mounts) known.push_back(m.name);
  if (std::find(known.begin(), known.end(), name) == known.end()) {
    auto close = suggest_.nearest_to(name, known);
    out_.emplace_back(
        unknown_volume_mount{s.name.value(), s.class_name, name, std::move(close), std::move(known), g.key_where});
    return;
  }
  const auto read = config::as_string(g.value);
  if (!read) {
    report_wrong_type(g, read.error().message, out_);
  } else if (read->empty()) {
    report_wrong_type(g, "a folder is wanted", out_);
  } else {
    // A relative folder stands beside the file that names it, wherever the command is run.
    into.mounts[name] = file_named(*read, g.value.where()).path;
  }
}

void parameter_settings::defaults(const verified_streamlet& s, streamlet_config& into, bool complete) {
  for (const auto& p : s.descriptor.config_parameters) {
    if (p.secret || config::is_secret_key(p.key)) into.secrets.insert(p.key);
    if (into.parameters.get(p.key)) continue;
    if (p.default_value) {
      into.parameters = into.parameters.with(
          {p.key}, config::value::of(*p.default_value, origin::of("default of " + s.class_name + "." + p.key)));
    } else if (complete) {
      out_.emplace_back(
          missing_parameter{s.name.value(), s.class_name, p.key, p.description, p.validation_type, s.where});
    }
  }
}

} // namespace cloudflow::blueprint::internal
