#include "cloudflow/blueprint/internal/used_texts.hpp"

#include <algorithm>

namespace cloudflow::blueprint::internal {

namespace {

void sources_of(const config::value& v, std::set<std::string>& into) {
  into.insert(v.where().name());
  for (const auto& [key, where, child] : v.members()) {
    into.insert(where.name());
    sources_of(child, into);
  }
  for (const auto& item : v.elements()) sources_of(item, into);
}

} // namespace

void used_texts::use(const config::value& v) {
  names_.insert(v.where().name());
  for (const auto& loser : v.shadowed()) names_.insert(loser.where().name());
  for (const auto& [key, where, child] : v.members()) {
    names_.insert(where.name());
    use(child);
  }
  for (const auto& item : v.elements()) use(item);
}

void used_texts::report_unused(const std::vector<config_file>& files, std::vector<problem>& out) const {
  for (const auto& file : files) {
    std::set<std::string> sources{file.name};
    sources_of(file.content, sources); // what it includes counts for it
    if (std::any_of(sources.begin(), sources.end(), [&](const auto& name) { return names_.contains(name); })) continue;
    unused_config_file p{file.name, {}, origin::of(file.name)};
    for (const auto& [key, key_where, v] : file.content.members()) {
      p.first_key = key;
      p.where = key_where;
      break;
    }
    out.emplace_back(std::move(p));
  }
}

} // namespace cloudflow::blueprint::internal
