#include "cloudflow/blueprint/parse.hpp"

#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/internal/topic_settings_reader.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/read.hpp"

#include <algorithm>

namespace cloudflow::blueprint {

using namespace internal;

namespace {

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1));
}

std::string with_article(config::kind k) {
  const std::string name(config::name_of(k));
  return (k == config::kind::array || k == config::kind::object ? "an " : "a ") + name;
}

class parser {
  blueprint out_;

  void wrong(const std::string& what, const config::value& v, std::string hint) {
    out_.problems.emplace_back(format_error{what + ", this is " + with_article(v.kind()), std::move(hint), v.where()});
  }

  void unknown(std::string_view key, const std::string& section, const std::vector<std::string>& known,
               const origin& where) {
    out_.problems.emplace_back(unknown_key{std::string(key), section, nearest_or_empty(key, known), known, where});
  }

  // A value that came from the environment has no place in a text: its key has.
  static origin place_of(const config::value& v, const origin& key_where) {
    return v.where().line == 0 && key_where.line != 0 ? key_where : v.where();
  }

  void streamlets(const config::value& section) {
    out_.has_streamlets_section = true;
    if (!section.is_object())
      return wrong("'streamlets' is an object", section, "write: streamlets { ingress = \"acme.ingress\" }");
    for (const auto& [key, key_where, v] : section.members()) {
      if (!v.is_string()) {
        wrong("streamlet " + in_quotes(key) + " is given its class, a string", v,
              v.is_object() ? "a streamlet's name has no dots" : "write: " + std::string(key) + " = \"acme.my-class\"");
        continue;
      }
      // An including file may override what it includes; one text that names a streamlet twice is a slip.
      for (const auto& loser : v.shadowed())
        if (loser.where().name() == v.where().name() && loser.is_string())
          out_.problems.emplace_back(duplicate_streamlet_name{std::string(key), trimmed(loser.text()),
                                                              trimmed(v.text()), key_where, loser.where()});
      out_.streamlets.push_back({{trimmed(key), key_where}, {trimmed(v.text()), place_of(v, key_where)}});
    }
  }

  // A list of port paths, or one of them alone.
  std::vector<located<std::string>> ports(const std::string& what, const config::value& v) {
    std::vector<located<std::string>> out;
    if (v.is_string()) {
      out.push_back({trimmed(v.text()), v.where()});
      return out;
    }
    const auto list = v.as_array();
    if (!list) {
      wrong(what + " is a list of ports", v, "write: [\"streamlet.port\", ...]");
      return out;
    }
    for (const auto& item : list->elements()) {
      if (item.is_string()) {
        out.push_back({trimmed(item.text()), item.where()});
      } else {
        wrong(what + " is a list of ports, written <streamlet>.<port>", item, "");
      }
    }
    return out;
  }

  // `ref.outlet = [...]` reaches us as { ref { outlet = [...] } }, with quotes as { "ref.outlet" = [...] }.
  void connections(const std::string& path, const config::value& section) {
    for (const auto& [key, key_where, v] : section.members()) {
      const std::string name = path.empty() ? trimmed(key) : path + "." + trimmed(key);
      if (v.is_object() && v.size() != 0 && !numbered(v)) {
        connections(name, v);
        continue;
      }
      if (v.is_null()) continue;
      connection c{{name, key_where}, ports("what " + in_quotes(name) + " is connected to", v)};
      lost_connections(c, v);
      out_.connections.push_back(std::move(c));
    }
  }

  static bool numbered(const config::value& v) {
    for (const auto& [key, where, child] : v.members())
      if (key.empty() || key.find_first_not_of("0123456789") != std::string_view::npos) return false;
    return true;
  }

  // An outlet that one text connects twice: the later list would silently hide the earlier one. A list that was made
  // from the earlier one (`+=`, `${...} [...]`) holds all of it and is meant.
  void lost_connections(const connection& c, const config::value& v) {
    for (const auto& loser : v.shadowed()) {
      if (loser.where().name() != v.where().name() || loser.where() == v.where()) continue;
      if (!loser.is_array() && !loser.is_string()) continue;
      const auto list = loser.is_array() ? loser.elements() : std::vector<config::value>{loser};
      const bool kept = std::all_of(list.begin(), list.end(), [&](const config::value& item) {
        return std::any_of(c.inlets.begin(), c.inlets.end(),
                           [&](const auto& inlet) { return inlet.value == trimmed(item.text()); });
      });
      if (kept) continue;
      const auto dot = c.outlet.value.find('.');
      const port_path path{streamlet_name(c.outlet.value.substr(0, dot)),
                           port_name(dot == std::string::npos ? "" : c.outlet.value.substr(dot + 1))};
      const topic_id id(path.streamlet.value() + "-" + path.port.value());
      out_.problems.emplace_back(
          port_bound_to_many_topics{path, {{id, loser.where()}, {id, v.where()}}, c.outlet.where});
    }
  }

  void topics(const config::value& section) {
    if (!section.is_object()) return wrong("'topics' is an object", section, "write: topics { my-topic { ... } }");
    for (const auto& [key, key_where, v] : section.members()) {
      if (v.is_null()) continue;
      if (!v.is_object()) {
        wrong("topic " + in_quotes(key) + " is an object", v,
              "write: " + std::string(key) + " { producers = [...], consumers = [...] }");
        continue;
      }
      topic_use t;
      t.id = {trimmed(key), key_where};
      const std::string name = "topic " + in_quotes(key);
      if (const auto list = v.get("producers"); list && !list->is_null())
        t.producers = ports(name + ": 'producers'", *list);
      if (const auto list = v.get("consumers"); list && !list->is_null())
        t.consumers = ports(name + ": 'consumers'", *list);
      const settings_listener listener{
          [&](const std::string& bad, const origin& where, const std::vector<std::string>& known) {
            unknown(bad, name, known, where);
          },
          [&](const std::string& bad, const std::string& reason, const origin& where) {
            out_.problems.emplace_back(format_error{name + ": '" + bad + "': " + reason, "", where});
          }};
      t.settings = read_topic_settings(v, {"producers", "consumers"}, listener);
      out_.topics.push_back(std::move(t));
    }
  }

public:
  blueprint read(const config::value& root) {
    static const std::vector<std::string> sections = {"connections", "streamlets", "topics"};
    const auto section = root.get("blueprint");
    out_.where = section ? section->where() : root.where();
    if (!section || section->is_null()) {
      out_.problems.emplace_back(missing_streamlets_section{missing_hint(root), out_.where});
      return std::move(out_);
    }
    if (!section->is_object()) {
      wrong("'blueprint' is an object", *section, "write: blueprint { streamlets { ... } connections { ... } }");
      return std::move(out_);
    }
    if (const auto where = root.key_origin("blueprint")) out_.where = *where;
    for (const auto& [key, key_where, v] : section->members()) {
      if (v.is_null()) continue;
      if (key == "streamlets") {
        streamlets(v);
      } else if (key == "connections") {
        if (v.is_object()) {
          connections({}, v);
        } else {
          wrong("'connections' is an object", v, "write: connections { ingress.out = [egress.in] }");
        }
      } else if (key == "topics") {
        topics(v);
      } else {
        unknown(key, "section 'blueprint'", sections, key_where);
      }
    }
    if (!out_.has_streamlets_section) out_.problems.emplace_back(missing_streamlets_section{"", out_.where});
    return std::move(out_);
  }

  static std::string missing_hint(const config::value& root) {
    std::vector<std::string> keys;
    for (const auto& [key, where, v] : root.members()) {
      if (key == "streamlets") return "put 'streamlets' and the rest into blueprint { ... }";
      keys.emplace_back(key);
    }
    const auto close = nearest("blueprint", keys);
    return close ? "is " + in_quotes(*close) + " meant to be 'blueprint'?" : std::string();
  }
};

expected<blueprint, std::vector<diagnostic>> finish(config::parsed parsed, const config::environment& variables) {
  if (!parsed) return unexpected(std::move(parsed).error());
  auto resolved = config::resolve(*parsed, variables);
  if (!resolved) return unexpected(std::move(resolved).error());
  return parse(*resolved);
}

} // namespace

blueprint parse(const config::value& root) { return parser().read(root); }

expected<blueprint, std::vector<diagnostic>> parse_text(std::string_view text, std::string name,
                                                        const config::environment& variables) {
  return finish(config::parse_text(text, std::move(name)), variables);
}

expected<blueprint, std::vector<diagnostic>> parse_file(const std::filesystem::path& file,
                                                        const config::environment& variables) {
  return finish(config::parse_file(file), variables);
}

} // namespace cloudflow::blueprint
