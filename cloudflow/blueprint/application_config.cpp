#include "cloudflow/blueprint/application_config.hpp"

#include "cloudflow/blueprint/config_schema.hpp"
#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/internal/named_file.hpp"
#include "cloudflow/blueprint/internal/parameter_type.hpp"
#include "cloudflow/blueprint/internal/settings_walk.hpp"
#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/internal/topic_settings_reader.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/path.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/config/render.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

namespace cloudflow::blueprint {

using namespace internal;

namespace {

constexpr std::int64_t retries_limit = 1'000;
constexpr std::chrono::hours commit_limit{1};

class configurer {
  const configure_options& options_;
  std::vector<problem> problems_;
  application_config out_;
  std::set<std::string, std::less<>> used_; // names of the texts of which something was read

  suggestions suggest_;
  std::unordered_map<std::string, std::size_t> streamlet_at_, topic_at_;

  template <class P> void report(P p) { problems_.emplace_back(std::move(p)); }

  void use(const config::value& v) {
    used_.insert(v.where().name());
    for (const auto& loser : v.shadowed()) used_.insert(loser.where().name());
    for (const auto& [key, where, child] : v.members()) {
      used_.insert(where.name());
      use(child);
    }
    for (const auto& item : v.elements()) use(item);
  }

  static std::string shown_value(const std::string& key, const config::value& v) {
    if (config::is_secret_key(key)) return "***";
    return v.is_object() || v.is_array() ? config::render_masked(v) : std::string(v.text());
  }

  bool choice(const given& g, std::string& into) {
    const auto read = config::as_string(g.value);
    if (!read) return bad_type(g, read.error().message);
    const auto choices = split(g.what->choices, ' ');
    if (std::find(choices.begin(), choices.end(), *read) == choices.end()) {
      const auto close = nearest(*read, choices);
      report(value_out_of_range{config::render_path(g.keys), *read,
                                "it is one of " + listed(choices) + (close ? "; " + *close + " may be meant" : ""),
                                g.value.where()});
      return false;
    }
    into = *read;
    return true;
  }

  bool bad_type(const given& g, const std::string& reason) {
    report(wrong_config_type{config::render_path(g.keys), reason,
                             g.what->example.empty() ? "" : "such as: " + std::string(g.what->example),
                             g.value.where()});
    return false;
  }

  void unsupported(const given& g, std::string value, std::string reason, std::string hint) {
    report(unsupported_setting{config::render_path(g.keys), std::move(value), std::move(reason), std::move(hint),
                               g.value.where()});
  }

  void delivery(const given& g, streamlet_config& into) {
    std::string text;
    if (!choice(g, text)) return;
    if (text == "exactly-once")
      return unsupported(g, text, "the log has no transactions yet", "use at-least-once, which is the default");
    into.delivery = text == "at-most-once" ? streamlet::delivery::at_most_once : streamlet::delivery::at_least_once;
  }

  void commit_interval(const given& g, streamlet_config& into) {
    const auto read = config::as_duration(g.value);
    if (!read) {
      bad_type(g, read.error().message);
    } else if (*read < std::chrono::milliseconds(1) || *read > commit_limit) {
      report(value_out_of_range{config::render_path(g.keys), std::string(g.value.text()), "it lies from 1 ms to 1 h",
                                g.value.where()});
    } else {
      into.commit_interval = std::chrono::duration_cast<std::chrono::milliseconds>(*read);
    }
  }

  void retries(const given& g, const port_name& inlet, streamlet_config& into) {
    const auto read = config::as_int(g.value);
    if (!read) {
      bad_type(g, read.error().message);
    } else if (*read < 0 || *read > retries_limit) {
      report(value_out_of_range{config::render_path(g.keys), std::string(g.value.text()), "it lies from 0 to 1000",
                                g.value.where()});
    } else if (*read > 0) {
      unsupported(g, std::to_string(*read), "a bad record is not tried again yet", "leave it out, or write 0");
    } else {
      into.retries[inlet] = static_cast<std::int32_t>(*read);
    }
  }

  void on_error(const given& g, const port_name& inlet, streamlet_config& into) {
    std::string text;
    if (!choice(g, text)) return;
    if (text == "dead-letter")
      return unsupported(g, text, "dead letters do not exist yet", "use fail, which is the default, or skip");
    into.on_error[inlet] = *streamlet::error_policy_named(text);
  }

  // A setting that streamlets and runtimes share.
  void shared(const given& g, const verified_streamlet& s, streamlet_config& into, bool of_streamlet) {
    switch (g.what->id) {
    case setting_id::delivery: return delivery(g, into);
    case setting_id::commit_interval: return commit_interval(g, into);
    case setting_id::state: {
      std::string text;
      if (choice(g, text) && text == "rocksdb")
        unsupported(g, text, "state lies in memory only", "use memory, which is the default");
      return;
    }
    case setting_id::on_error:
    case setting_id::retries: {
      const port_name inlet(g.keys[g.keys.size() - 2]);
      if (s.descriptor.find_inlet(inlet) == nullptr) {
        if (of_streamlet) {
          std::vector<std::string> known;
          for (const auto& in : s.descriptor.inlets) known.push_back(in.name.value());
          auto close = suggest_.nearest_to(inlet.value(), known);
          report(unknown_inlet{s.name.value(), inlet.value(), std::move(close), std::move(known), g.key_where});
        }
        return; // a runtime's setting holds for those that have such an inlet
      }
      return g.what->id == setting_id::on_error ? on_error(g, inlet, into) : retries(g, inlet, into);
    }
    case setting_id::runtime_setting:
      if (s.runtime != "native") {
        into.config =
            config::value::empty_object().with({g.keys.back()}, g.value, g.key_where).with_fallback(into.config);
      } else {
        unknown_among(g.keys, g.key_where, {"commit-interval", "delivery", "inlets", "state"}, problems_);
      }
      return;
    case setting_id::kubernetes:
      return unsupported(g, "{ ... }", "configuration of pods comes with deployment",
                         "remove it; nothing else depends on it");
    default: return;
    }
  }

  void parameter(const given& g, const verified_streamlet& s, streamlet_config& into) {
    const auto& key = g.keys.back();
    const auto& declared = s.descriptor.config_parameters;
    const auto at = std::find_if(declared.begin(), declared.end(), [&](const auto& p) { return p.key == key; });
    if (at == declared.end()) {
      std::vector<std::string> known;
      for (const auto& p : declared) known.push_back(p.key);
      auto close = suggest_.nearest_to(key, known);
      return report(
          unknown_parameter{s.name.value(), s.class_name, key, std::move(close), std::move(known), g.key_where});
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
    if (refused->why == refusal::wrong_type)
      return report(wrong_config_type{config::render_path(g.keys), refused->reason, "", value.where()});
    report(pattern_mismatch{s.name.value(), key, declaration.secret ? "***" : shown_value(key, value),
                            declaration.validation_pattern.value_or(""), value.where()});
  }

  // `{ file = PATH }`, which is what `<parameter>.file = PATH` makes.
  static std::optional<named_file> value_file(const config::value& v) {
    const auto file = v.size() == 1 ? v.get("file") : std::nullopt;
    if (!file || !file->is_string()) return std::nullopt;
    return file_named(file->text(), file->where());
  }

  // The file's text without its last line end, which editors add.
  std::optional<std::string> value_in(const named_file& file, const std::string& key) {
    auto text = text_of(file, options_.reader);
    if (!text) {
      report(unreadable_value_file{key, file.path.string(), std::move(text).error(), file.where});
      return std::nullopt;
    }
    if (text->ends_with('\n')) text->pop_back();
    if (text->ends_with('\r')) text->pop_back();
    return std::move(*text);
  }

  void mount(const given& g, const verified_streamlet& s, streamlet_config& into) {
    const auto& name = g.keys.back();
    std::vector<std::string> known;
    for (const auto& m : s.descriptor.volume_mounts) known.push_back(m.name);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      auto close = suggest_.nearest_to(name, known);
      return report(
          unknown_volume_mount{s.name.value(), s.class_name, name, std::move(close), std::move(known), g.key_where});
    }
    const auto read = config::as_string(g.value);
    if (!read) {
      bad_type(g, read.error().message);
    } else if (read->empty()) {
      bad_type(g, "a folder is wanted");
    } else {
      // A relative folder stands beside the file that names it, wherever the command is run.
      into.mounts[name] = std::filesystem::path(g.value.where().name()).parent_path() / *read;
    }
  }

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
      if (out_.plan.streamlets[i].runtime == runtime) shared(g, out_.plan.streamlets[i], out_.streamlets[i], false);
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
          parameter(g, s, into);
        } else if (g.what->id == setting_id::volume_mount) {
          mount(g, s, into);
        } else {
          shared(g, s, into, true);
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

  void defaults(const verified_streamlet& s, streamlet_config& into) {
    for (const auto& p : s.descriptor.config_parameters) {
      if (p.secret || config::is_secret_key(p.key)) into.secrets.insert(p.key);
      if (into.parameters.get(p.key)) continue;
      if (p.default_value) {
        into.parameters = into.parameters.with(
            {p.key}, config::value::of(*p.default_value, origin::of("default of " + s.class_name + "." + p.key)));
      } else if (options_.complete) {
        report(missing_parameter{s.name.value(), s.class_name, p.key, p.description, p.validation_type, s.where});
      }
    }
  }

  void sources_of(const config::value& v, std::set<std::string>& into) {
    into.insert(v.where().name());
    for (const auto& [key, where, child] : v.members()) {
      into.insert(where.name());
      sources_of(child, into);
    }
    for (const auto& item : v.elements()) sources_of(item, into);
  }

  void unused_files() {
    for (const auto& file : options_.files) {
      std::set<std::string> sources{file.name};
      sources_of(file.content, sources); // what it includes counts for it
      if (std::any_of(sources.begin(), sources.end(), [&](const auto& name) { return used_.contains(name); })) continue;
      unused_config_file p{file.name, {}, origin::of(file.name)};
      for (const auto& [key, key_where, v] : file.content.members()) {
        p.first_key = key;
        p.where = key_where;
        break;
      }
      report(std::move(p));
    }
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
      use(*root);
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
    for (std::size_t i = 0; i < out_.streamlets.size(); ++i) defaults(out_.plan.streamlets[i], out_.streamlets[i]);
    if (topics(topic_scope)) {
      read_topic_schemas(out_.plan, options_.reader, problems_);
      check_topic_names(out_.plan, problems_);
      check_schemas(out_.plan, problems_);
      check_partitioning(out_.plan, problems_);
    }
    unused_files();
    if (!problems_.empty()) {
      sort_by_place(problems_);
      return unexpected(std::move(problems_));
    }
    return std::move(out_);
  }
};

using text_lines = std::set<std::pair<std::string, std::uint32_t>>;

void add_line(const config::value& v, text_lines& into) {
  into.emplace(v.where().name(), v.where().line);
  for (const auto& loser : v.shadowed()) into.emplace(loser.where().name(), loser.where().line);
}

void add_secrets_below(const config::value& v, const std::string& path, text_lines& into) {
  for (const auto& [key, where, child] : v.members()) {
    const auto whole = path.empty() ? std::string(key) : path + "." + std::string(key);
    if (config::is_secret_key(whole)) add_line(child, into);
    add_secrets_below(child, whole, into);
  }
  for (const auto& item : v.elements()) add_secrets_below(item, path, into);
}

// Where secrets were written, by their keys' names or because their classes say so.
text_lines lines_with_secrets(const verified_blueprint& plan, const config::value& document) {
  text_lines out;
  add_secrets_below(document, {}, out);
  for (const auto& s : plan.streamlets)
    for (const auto& p : s.descriptor.config_parameters)
      if (p.secret)
        if (const auto v =
                document.find(config::path{"cloudflow", "streamlets", s.name.value(), "config-parameters", p.key}))
          add_line(*v, out);
  return out;
}

// A problem is shown with its line, and something else on that line may be nobody's business.
void hide_secrets(std::vector<diagnostic>& problems, const text_lines& lines) {
  for (auto& p : problems)
    if (p.where && lines.contains({p.where->name(), p.where->line})) p.secret_line = true;
}

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
      hide_secrets(problems, lines_with_secrets(plan, *resolved));
    }
  }
  sort_and_unique(problems);
  return unexpected(std::move(problems));
}

} // namespace cloudflow::blueprint
