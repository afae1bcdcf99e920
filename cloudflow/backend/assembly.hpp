#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/blueprint/application_config.hpp"

#include <filesystem>
#include <string>

namespace cloudflow::backend {

/// Where an application's code is, and where it runs.
struct assembly_options {
  std::filesystem::path module;
  std::string app_version{};
  bool local = true; ///< in the sandbox or a test
};

/// Makes the plan of an application from what was verified and configured: topics, instances with their settings, what
/// lies downstream of whom.
application_plan assemble(const blueprint::application_config& app, const assembly_options& options);

} // namespace cloudflow::backend
