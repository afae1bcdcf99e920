#include "cloudflow/blueprint/application_config.hpp"

#include "cloudflow/blueprint/config_schema.hpp"
#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/internal/engine_settings.hpp"
#include "cloudflow/blueprint/internal/parameter_settings.hpp"
#include "cloudflow/blueprint/internal/secret_lines.hpp"
#include "cloudflow/blueprint/internal/settings_walk.hpp"
#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/internal/topic_settings_reader.hpp"
#include "cloudflow/blueprint/internal/used_texts.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/path.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace cloudflow::blueprint {

using namespace internal;

namespace {

class configurer {
  const configure_options& options_;
  std::vector<problem> problems_;
  application_config out_;

  suggestions suggest_;
  used_texts used_;
  engine_settings engine_{problems_, suggest_};
  parameter_settings declared_{problems_, suggest_, options_.reader};
  std::unordered_map<std::string, std::size_t> streamlet_at_, topic_at_;

  template <class P> void report(P p) { problems_.emplace_back(std::move(p)); }

  void runtimes(const config::value& section) {
    std::set<std::string> names;
    for (const auto& s : out_.plan.streamlets) names.insert(s.runtime);
    for (const auto& [key, key_where, v] : section.members()) {
      const std::string name(key);
      if (!names.contains(name)) {
        const std::vector<std::string> known(names.begin(), names.end());
        report(unknown_runtime{name, suggest_.nearest_to(name, known), known, key_where});
        continue;
      }
      for (const auto& g : settings_below("runtimes", name, v, problems_)) given_to_all(g, name);
    }
  }

  // What is wrong with it is wrong for all of them: one report.
  void given_to_all(const given& g, const std::string& runtime) {
    const std::size_t before = problems_.size();
    for (std::size_t i = 0; i < out_.streamlets.size() && problems_.size() == before; ++i)
      if (out_.plan.streamlets[i].runtime == runtime)
        engine_.read(g, out_.plan.streamlets[i], out_.streamlets[i], false);
  }

  void streamlets(const config::value& section) {
    for (const auto& [key, key_where, v] : section.members()) {
      const std::string name(key);
      const auto at = streamlet_at_.find(name);
      if (at == streamlet_at_.end()) {
        std::vector<std::string> known;
        if (suggest_.any_left())
          for (const auto& s : out_.plan.streamlets) known.push_back(s.name.value());
        auto close = suggest_.nearest_to(name, known);
        report(unknown_streamlet{name, std::move(close), std::move(known), key_where});
        continue;
      }
      const auto& s = out_.plan.streamlets[at->second];
      auto& into = out_.streamlets[at->second];
      for (const auto& g : settings_below("streamlets", name, v, problems_)) {
        if (g.what->id == setting_id::parameter) {
          declared_.parameter(g, s, into);
        } else if (g.what->id == setting_id::volume_mount) {
          declared_.mount(g, s, into);
        } else {
          engine_.read(g, s, into, true);
        }
      }
    }
  }

  bool topics(const config::value& section) {
    for (const auto& [key, key_where, v] : section.members()) {
      const std::string name(key);
      config::path keys{"cloudflow", "topics", name};
      const auto at = topic_at_.find(name);
      if (at == topic_at_.end()) {
        std::vector<std::string> known;
        if (suggest_.any_left())
          for (const auto& t : out_.plan.topics) known.push_back(t.id.value());
        auto close = suggest_.nearest_to(name, known);
        report(unknown_topic{name, std::move(close), std::move(known), key_where});
        continue;
      }
      if (!object_at(v, keys, problems_)) continue;
      const std::string prefix = config::render_path(keys) + ".";
      const settings_listener listener{
          [&](const std::string& bad, const origin& where, const std::vector<std::string>& known) {
            report(unknown_config_key{prefix + bad, suggest_.nearest_to(bad, known), known, where});
          },
          [&](const std::string& bad, const std::string& reason, const origin& where) {
            report(wrong_config_type{prefix + bad, reason, "", where});
          }};
      apply_settings(out_.plan.topics[at->second], read_topic_settings(v, {"producers", "consumers"}, listener));
    }
    return section.size() != 0;
  }

public:
  configurer(const verified_blueprint& plan, const configure_options& options)
      : options_(options) {
    out_.plan = plan;
    for (std::size_t i = 0; i < plan.streamlets.size(); ++i) {
      out_.streamlets.emplace_back();
      out_.streamlets.back().name = plan.streamlets[i].name;
      streamlet_at_.emplace(plan.streamlets[i].name.value(), i);
    }
    for (std::size_t i = 0; i < plan.topics.size(); ++i) topic_at_.emplace(plan.topics[i].id.value(), i);
  }

  expected<application_config, std::vector<problem>> run(const config::value& document) {
    static const std::vector<std::string> scopes = {"runtimes", "streamlets", "topics"};
    config::value streamlet_scope = config::value::empty_object();
    config::value topic_scope = config::value::empty_object();
    if (const auto root = document.get("cloudflow"); root && !root->is_null()) {
      used_.use(*root);
      if (object_at(*root, {"cloudflow"}, problems_)) {
        for (const auto& [key, key_where, v] : root->members()) {
          if (v.is_null()) continue;
          config::path keys{"cloudflow", std::string(key)};
          if (std::find(scopes.begin(), scopes.end(), key) == scopes.end()) {
            unknown_among(keys, key_where, scopes, problems_);
          } else if (object_at(v, keys, problems_)) {
            if (key == "runtimes") runtimes(v); // first: a streamlet's settings go over its runtime's
            if (key == "streamlets") streamlet_scope = v;
            if (key == "topics") topic_scope = v;
          }
        }
      }
    }
    streamlets(streamlet_scope);
    for (std::size_t i = 0; i < out_.streamlets.size(); ++i)
      declared_.defaults(out_.plan.streamlets[i], out_.streamlets[i], options_.complete);
    if (topics(topic_scope)) {
      read_topic_schemas(out_.plan, options_.reader, problems_);
      check_topic_names(out_.plan, problems_);
      check_schemas(out_.plan, problems_);
      check_partitioning(out_.plan, problems_);
    }
    used_.report_unused(options_.files, problems_);
    if (!problems_.empty()) {
      sort_by_place(problems_);
      return unexpected(std::move(problems_));
    }
    return std::move(out_);
  }
};

} // namespace

const streamlet_config* application_config::find(const streamlet_name& name) const {
  const auto at = std::find_if(streamlets.begin(), streamlets.end(), [&](const auto& s) { return s.name == name; });
  return at == streamlets.end() ? nullptr : &*at;
}

expected<application_config, std::vector<problem>>
configure(const verified_blueprint& plan, const config::value& document, const configure_options& options) {
  return configurer(plan, options).run(document);
}

expected<application_config, std::vector<diagnostic>> configure(const verified_blueprint& plan,
                                                                const config_sources& sources) {
  std::vector<diagnostic> problems;
  configure_options options{.complete = sources.complete};
  config::value document = config::value::empty_object();
  for (const auto& file : sources.files) {
    auto parsed = config::parse_file(file);
    if (!parsed) {
      problems.insert(problems.end(), parsed.error().begin(), parsed.error().end());
      continue;
    }
    document = parsed->with_fallback(document);
    options.files.push_back({file.string(), *parsed});
  }
  for (const auto& key_value : sources.key_values) {
    auto parsed = config::parse_override(key_value);
    if (!parsed) {
      problems.push_back(parsed.error());
    } else {
      document = parsed->with_fallback(document);
    }
  }
  if (problems.empty()) {
    auto resolved = config::resolve(document, sources.variables);
    if (!resolved) {
      problems = std::move(resolved).error();
    } else {
      auto configured = configure(plan, *resolved, options);
      if (configured) return std::move(configured).value();
      problems = to_diagnostics(configured.error());
      hide_secrets(problems, plan, *resolved);
    }
  }
  sort_and_unique(problems);
  return unexpected(std::move(problems));
}

} // namespace cloudflow::blueprint
