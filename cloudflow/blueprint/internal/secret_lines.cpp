#include "cloudflow/blueprint/internal/secret_lines.hpp"

#include "cloudflow/config/path.hpp"
#include "cloudflow/config/render.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <utility>

namespace cloudflow::blueprint::internal {

namespace {

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

} // namespace

void hide_secrets(std::vector<diagnostic>& problems, const verified_blueprint& plan, const config::value& document) {
  const auto lines = lines_with_secrets(plan, document);
  for (auto& p : problems)
    if (p.where && lines.contains({p.where->name(), p.where->line})) p.secret_line = true;
}

} // namespace cloudflow::blueprint::internal
