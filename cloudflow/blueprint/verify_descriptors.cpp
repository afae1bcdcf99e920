#include "cloudflow/blueprint/internal/checks.hpp"
#include "cloudflow/blueprint/internal/parameter_type.hpp"
#include "cloudflow/blueprint/names.hpp"
#include "cloudflow/config/render.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace cloudflow::blueprint::internal {

namespace {

using streamlet::streamlet_descriptor;

void check_ports(const streamlet_descriptor& d, const origin& where, std::vector<problem>& out) {
  std::set<std::string> seen;
  std::set<std::string> twice;
  const auto see = [&](const port_name& name) {
    if (!seen.insert(name.value()).second && twice.insert(name.value()).second)
      out.emplace_back(duplicate_port_name{d.class_name, name.value(), where});
  };
  for (const auto& in : d.inlets) {
    see(in.name);
    if (!is_label(in.name.value())) out.emplace_back(invalid_inlet_name{d.class_name, in.name.value(), where});
  }
  for (const auto& port : d.outlets) {
    see(port.name);
    if (!is_label(port.name.value())) out.emplace_back(invalid_outlet_name{d.class_name, port.name.value(), where});
  }
  for (const auto& way : d.repartitions) { // an inlet and an outlet of its own
    see(way.name);
    if (!is_label(way.name.value())) out.emplace_back(invalid_inlet_name{d.class_name, way.name.value(), where});
  }
}

void check_groups(const streamlet_descriptor& d, const origin& where, std::vector<problem>& out) {
  std::set<std::string> grouped;
  for (const auto& group : d.co_partitioned) {
    for (const auto& name : group) {
      const auto* inlet = d.find_inlet(name);
      const auto bad = [&](std::string reason) {
        out.emplace_back(invalid_co_partitioning{d.class_name, name.value(), std::move(reason), where});
      };
      if (inlet == nullptr) {
        bad("the class has no such inlet");
      } else if (inlet->unique_group) {
        bad("it has a unique group, so it reads all partitions in every task");
      } else if (!grouped.insert(name.value()).second) {
        bad("it is named twice");
      }
    }
  }
}

void check_parameters(const streamlet_descriptor& d, const origin& where, std::vector<problem>& out) {
  std::set<std::string> seen;
  for (const auto& p : d.config_parameters) {
    if (!is_parameter_key(p.key)) out.emplace_back(invalid_config_parameter_key{d.class_name, p.key, where});
    if (!seen.insert(p.key).second) out.emplace_back(duplicate_config_parameter_key{d.class_name, p.key, where});
    if (!is_validation_type(p.validation_type)) {
      out.emplace_back(unknown_validation_type{d.class_name, p.key, p.validation_type, where});
      continue;
    }
    if (p.validation_pattern)
      if (auto reason = why_no_pattern(*p.validation_pattern))
        out.emplace_back(invalid_validation_pattern{d.class_name, p.key, *p.validation_pattern, *reason, where});
    if (!p.default_value) continue;
    if (auto refused = why_refused(p, config::value::of(*p.default_value, origin::of("default of " + p.key)))) {
      const bool secret = p.secret || config::is_secret_key(p.key);
      out.emplace_back(
          invalid_default_value{d.class_name, p.key, secret ? "***" : *p.default_value, refused->reason, where});
    }
  }
}

bool climbs(std::string_view path) {
  while (!path.empty()) {
    const auto slash = path.find('/');
    if (path.substr(0, slash) == "..") return true;
    if (slash == std::string_view::npos) return false;
    path.remove_prefix(slash + 1);
  }
  return false;
}

void check_mounts(const streamlet_descriptor& d, const origin& where, std::vector<problem>& out) {
  std::set<std::string> names;
  std::map<std::string, std::string> paths;
  for (const auto& m : d.volume_mounts) {
    if (!is_label(m.name)) out.emplace_back(invalid_volume_mount_name{d.class_name, m.name, where});
    if (!names.insert(m.name).second) out.emplace_back(duplicate_volume_mount_name{d.class_name, m.name, where});
    if (m.path.empty()) {
      out.emplace_back(empty_volume_mount_path{d.class_name, m.name, where});
      continue;
    }
    if (climbs(m.path)) out.emplace_back(backtracking_volume_mount_path{d.class_name, m.name, m.path, where});
    if (m.path.front() != '/') out.emplace_back(non_absolute_volume_mount_path{d.class_name, m.name, m.path, where});
    if (const auto [at, fresh] = paths.emplace(m.path, m.name); !fresh)
      out.emplace_back(duplicate_volume_mount_path{d.class_name, m.path, at->second, m.name, where});
  }
}

} // namespace

void check_descriptor(const streamlet_descriptor& d, const origin& where, std::vector<problem>& out) {
  check_ports(d, where, out);
  check_groups(d, where, out);
  check_parameters(d, where, out);
  check_mounts(d, where, out);
}

} // namespace cloudflow::blueprint::internal
