#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <string>

namespace cloudflow::backend {

/// What configuration says of one streamlet.
struct streamlet_choices {
  config::value parameters = config::value::empty_object(); ///< by key; those that are missing take their defaults
  config::value config = config::value::empty_object();
  std::map<std::string, std::filesystem::path> mounts{};
  std::map<port_name, streamlet::error_policy> on_error{};
  streamlet::delivery delivery = streamlet::delivery::at_least_once;
  std::chrono::milliseconds commit_interval{100};
};

struct assembly_input {
  std::filesystem::path module;
  std::string app_version;
  bool local = true;
  std::map<streamlet_name, streamlet_choices> choices{};
};

/// Makes the plan of an application from what was verified and configured: topics, instances with their settings, what
/// lies downstream of whom.
application_plan assemble(const blueprint::verified_blueprint& verified, const assembly_input& input);

} // namespace cloudflow::backend
