#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/blueprint/config_schema.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/loading.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/path.hpp"
#include "cloudflow/config/render.hpp"

#include <algorithm>
#include <memory>

namespace cloudflow::cli {

namespace {

struct explain_options {
  std::string key;
  project_arguments where;
  std::string output;
};

// What holds for a key: the value with its origin and what it hides; no value: nobody gave one.
struct in_force {
  std::optional<config::value> value{};
  bool secret = false;
  std::vector<config::path> secrets_below{}; ///< what classes keep secret whatever its name is, from the key on

  [[nodiscard]] std::string json(config::value v) const {
    if (secret) return "\"***\"";
    for (const auto& keys : secrets_below)
      if (const auto hidden = v.find(keys)) v = v.with(keys, config::value::of("***", hidden->where()));
    return config::render_json(v, {.indent = 0, .mask_secrets = true});
  }
  [[nodiscard]] std::string text(const config::value& v) const {
    if (secret) return "***";
    return v.is_object() || v.is_array() ? json(v) : std::string(v.text());
  }
  [[nodiscard]] static std::string place(const config::value& v) { return v.where().text(); }
};

// Files and overrides as they are, where there is no application to lay them over.
expected<config::value, std::vector<diagnostic>> merged(const blueprint::config_sources& sources) {
  auto document = config::value::empty_object();
  for (const auto& file : sources.files) {
    auto parsed = config::parse_file(file);
    if (!parsed) return unexpected(parsed.error());
    document = parsed->with_fallback(document);
  }
  for (const auto& key_value : sources.key_values) {
    auto parsed = config::parse_override(key_value);
    if (!parsed) return unexpected(std::vector{parsed.error()});
    document = parsed->with_fallback(document);
  }
  return config::resolve(document, sources.variables);
}

bool is_secret(const config::path& keys) {
  return !keys.empty() && (config::is_secret_key(keys.back()) || config::is_secret_key(config::render_path(keys)));
}

// Of a streamlet's parameters and engine settings configuration has made typed, complete trees: defaults and what its
// runtime says are in them.
in_force look_up(const config::path& keys, const config::value& document, const blueprint::application_config* app) {
  in_force out{document.find(keys), is_secret(keys)};
  if (app == nullptr) return out;
  for (const auto& each : app->streamlets)
    for (const auto& secret : each.secrets) {
      const config::path whole{"cloudflow", "streamlets", each.name.value(), "config-parameters", secret};
      if (keys.size() < whole.size() && std::equal(keys.begin(), keys.end(), whole.begin()))
        out.secrets_below.emplace_back(whole.begin() + static_cast<std::ptrdiff_t>(keys.size()), whole.end());
    }
  if (keys.size() < 5 || keys[0] != "cloudflow" || keys[1] != "streamlets") return out;
  const auto* s = app->find(streamlet_name(keys[2]));
  if (s == nullptr) return out;
  const config::path rest(keys.begin() + 4, keys.end());
  if (keys[3] == "config") {
    if (!out.value) out.value = s->config.find(rest);
  } else if (keys[3] == "config-parameters") {
    const auto key = rest.size() == 1 ? rest.front() : config::render_path(rest);
    // A value that lies in a file: where it was named stays among what it hides.
    if (!out.value || out.value->is_object()) out.value = s->parameters.get(key);
    out.secret = out.secret || s->secrets.contains(key);
  }
  return out;
}

std::string text_of(const std::optional<std::string>& declared, const in_force& holds,
                    const blueprint::setting* setting, bool has_sources) {
  std::string out = declared.value_or("Cloudflow has no such key; it is there for other programs, or by mistake\n");
  if (holds.value) {
    out += "\nIn force: " + holds.text(*holds.value) + "\n  from " + in_force::place(*holds.value) + "\n";
    for (const auto& loser : holds.value->shadowed())
      out += "  over " + holds.text(loser) + " from " + in_force::place(loser) + "\n";
  } else if (setting != nullptr && has_sources) {
    out += "\nIn force: " + (setting->fallback.empty() ? std::string("nothing") : std::string(setting->fallback)) +
           "\n  from the default: no file and no argument says anything\n";
  }
  return out;
}

std::string json_of(const std::string& key, const in_force& holds, const blueprint::setting* setting) {
  json_writer json(2);
  json.begin_object().member("key", key).member("known", setting != nullptr);
  if (setting != nullptr) {
    json.member("setting", setting->path).member("type", blueprint::name_of(setting->type));
    json.member("default", setting->fallback).member("summary", setting->summary);
  }
  const auto write = [&](const config::value& v) {
    json.key("value").raw(holds.json(v));
    json.member("origin", in_force::place(v));
  };
  if (holds.value) {
    write(*holds.value);
    json.key("shadowed").begin_array();
    for (const auto& loser : holds.value->shadowed()) {
      json.begin_object();
      write(loser);
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return std::move(json).text() + "\n";
}

std::string all_keys(bool as_json) {
  json_writer json(2);
  std::string out;
  json.begin_array();
  for (const auto& s : blueprint::settings()) {
    json.begin_object().member("setting", s.path).member("type", blueprint::name_of(s.type));
    json.member("default", s.fallback).member("summary", s.summary).end_object();
    out += std::string(s.path) + "\n    " + std::string(s.summary) + "\n";
  }
  json.end_array();
  return as_json ? std::move(json).text() + "\n" : out;
}

exit_status explain_key(explain_options& given, shell& sh) {
  if (given.key.empty()) return print(sh, all_keys(given.output == "json"));
  if (auto sorted = given.where.sort_words(sh); !sorted) return sorted.error();
  const auto give_up = [&](const std::vector<diagnostic>& problems) {
    print_problems(problems, sh);
    return exit_status::problems;
  };
  std::optional<blueprint::application_config> app;
  auto sources = given.where.sources({}, sh);
  std::error_code failed;
  if (given.where.folder || std::filesystem::exists("blueprint.conf", failed)) {
    auto loaded = load_project(given.where.folder.value_or("."), sh);
    if (!loaded) return complain(sh, loaded.error());
    sources = given.where.sources(loaded->project.folder, sh);
    auto configured = given.where.configure(*loaded, false, sh);
    if (!configured) return complain(sh, configured.error());
    app = std::move(*configured);
  }
  const auto document = merged(sources);
  if (!document) return give_up(document.error());

  const auto declared = blueprint::explain(given.key);
  const auto* setting = blueprint::find_setting(given.key);
  const auto keys = config::parse_path(given.key);
  in_force holds;
  // "cloudflow.streamlets.<streamlet>..." is the declaration's own form: nothing can be in force for it.
  if (keys && given.key.find('<') == std::string::npos) holds = look_up(*keys, *document, app ? &*app : nullptr);
  if (!declared && !holds.value) {
    const auto near = blueprint::nearest_setting(given.key);
    sh.err("cloudflow config explain: there is no key " + shown(given.key) +
           (near ? "; did you mean '" + *near + "'?" : "; `cloudflow config explain` lists them all") + "\n");
    return exit_status::failure;
  }
  if (given.output == "json") return print(sh, json_of(given.key, holds, setting));
  return print(sh, text_of(declared, holds, setting, app || given.where.configures()));
}

} // namespace

void add_config_explain(command& config, shell& sh) {
  auto given = std::make_shared<explain_options>(); // owners: the command
  auto& c = config.add("explain", "Configuration", "Say what a key means, what holds for it, and who said so");
  c.takes("KEY", "A key of the configuration or the beginning of one; nothing: all of them", given->key);
  given->where.declare(c);
  c.output(given->output)
      .details(
          "With a folder, or in one that has a blueprint.conf, the project's configuration is read as `run` reads\n"
          "it: the value in force, where it was written, and what it hides. Secrets are printed as ***.")
      .example("cloudflow.streamlets.ingress.config-parameters.rate examples/sensors",
               "The parameter's value or default")
      .example("cloudflow.topics.t.partitions --conf a.conf --conf b.conf", "Which of the files wins?")
      .runs([&sh, given] { return explain_key(*given, sh); });
}

} // namespace cloudflow::cli
