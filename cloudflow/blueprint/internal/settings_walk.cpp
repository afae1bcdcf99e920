#include "cloudflow/blueprint/internal/settings_walk.hpp"

#include "cloudflow/blueprint/internal/text.hpp"

#include <algorithm>

namespace cloudflow::blueprint::internal {

namespace {

bool is_name(const std::string& segment) { return !segment.empty() && segment.front() == '<'; }

// The table, cut into segments once.
struct pattern {
  const setting* what;
  std::vector<std::string> segments;
};

const std::vector<pattern>& patterns() {
  static const std::vector<pattern> all = [] {
    std::vector<pattern> out;
    for (const auto& s : settings()) out.push_back({&s, split(s.path, '.')});
    return out;
  }();
  return all;
}

using fitting_patterns = std::vector<const pattern*>;

// Those that go on with this key: literals, and only if there are none, names.
fitting_patterns next_of(const fitting_patterns& fitting, std::size_t depth, std::string_view key) {
  fitting_patterns literals;
  fitting_patterns names;
  for (const auto* p : fitting) {
    if (p->segments.size() <= depth) continue;
    if (p->segments[depth] == key) {
      literals.push_back(p);
    } else if (is_name(p->segments[depth])) {
      names.push_back(p);
    }
  }
  return literals.empty() ? names : literals;
}

void walk(const config::value& section, config::path& keys, const fitting_patterns& fitting, std::vector<given>& found,
          std::vector<problem>& out) {
  if (!object_at(section, keys, out)) return;
  const std::size_t depth = keys.size();
  for (const auto& [key, key_where, v] : section.members()) {
    if (v.is_null()) continue;
    const auto next = next_of(fitting, depth, key);
    keys.emplace_back(key);
    if (next.empty()) {
      std::vector<std::string> known;
      for (const auto* p : fitting)
        if (p->segments.size() > depth) known.push_back(p->segments[depth]);
      unknown_among(keys, key_where, std::move(known), out);
    } else if (next.front()->segments.size() == depth + 1) {
      found.push_back({next.front()->what, keys, key_where, v});
    } else {
      walk(v, keys, next, found, out);
    }
    keys.pop_back();
  }
}

} // namespace

std::vector<std::string> split(std::string_view text, char at) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const auto end = text.find(at);
    out.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return out;
}

bool object_at(const config::value& v, const config::path& keys, std::vector<problem>& out) {
  if (v.is_object()) return true;
  if (!v.is_null())
    out.emplace_back(
        wrong_config_type{config::render_path(keys), "an object is wanted: { key = value, ... }", "", v.where()});
  return false;
}

void report_wrong_type(const given& g, const std::string& reason, std::vector<problem>& out) {
  out.emplace_back(wrong_config_type{config::render_path(g.keys), reason,
                                     g.what->example.empty() ? "" : "such as: " + std::string(g.what->example),
                                     g.value.where()});
}

void unknown_among(const config::path& keys, const origin& where, std::vector<std::string> known,
                   std::vector<problem>& out) {
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  auto close = nearest_or_empty(keys.back(), known);
  out.emplace_back(unknown_config_key{config::render_path(keys), std::move(close), std::move(known), where});
}

std::vector<given> settings_below(std::string_view scope, const std::string& name, const config::value& section,
                                  std::vector<problem>& out) {
  fitting_patterns fitting;
  for (const auto& p : patterns())
    if (p.segments[1] == scope) fitting.push_back(&p);
  config::path keys{"cloudflow", std::string(scope), name};
  std::vector<given> found;
  walk(section, keys, fitting, found, out);
  return found;
}

} // namespace cloudflow::blueprint::internal
