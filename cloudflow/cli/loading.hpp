#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/cli/project.hpp"
#include "cloudflow/cli/shell.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace cloudflow::cli {

/// A project, built, with its blueprint verified: what most commands begin with.
struct loaded_project {
  cli::project project;
  streamlet::module_descriptor module;
  blueprint::verified_blueprint verified;
};

/// Finds, builds, reads and verifies the project of `folder`. On failure prints why and gives the exit status.
expected<loaded_project, exit_status> load_project(const std::filesystem::path& folder, shell& sh);

/// Prints problems as a compiler does, and how many there are.
void print_problems(const std::vector<diagnostic>& problems, shell& sh);

} // namespace cloudflow::cli
