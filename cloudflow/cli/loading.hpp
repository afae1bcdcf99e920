#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/cli/project.hpp"
#include "cloudflow/cli/shell.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::cli {

/// A project, built, with its blueprint verified: what most commands begin with.
struct loaded_project {
  cli::project project;
  streamlet::module_descriptor module;
  blueprint::verified_blueprint verified;
};

/// Why there is none: problems of the user's, or an error.
struct loading_failure {
  std::filesystem::path blueprint{}; ///< empty if the project was not even found
  std::vector<diagnostic> problems{};
  std::optional<error> why{};
};

/// Finds, builds, reads and verifies the project of `folder`. Progress goes to `err`.
expected<loaded_project, loading_failure> load_project(const std::filesystem::path& folder, shell& sh);

/// Says on `err` what was in the way.
exit_status complain(shell& sh, const loading_failure& failure);

/// `[DIR] [key=value]... [--conf FILE]... [--no-local]`, which several commands take. One rule for all of them: the
/// project's `local.conf` if there is one, over it the --conf files in their order, over them key=value.
struct project_arguments {
  std::vector<std::string> words{}; ///< told apart by '='
  std::vector<std::string> confs{};
  bool no_local = false;

  std::optional<std::string> folder{}; ///< filled in by `sort_words`
  std::vector<std::string> key_values{};

  void declare(command& c);
  /// Exit status 2, said on `err`, for two folders.
  [[nodiscard]] expected<void, exit_status> sort_words(shell& sh);
  [[nodiscard]] bool configures() const { return !confs.empty() || !key_values.empty(); }
  /// The sources, without `local.conf` if there is no project.
  [[nodiscard]] blueprint::config_sources sources(const std::optional<std::filesystem::path>& project,
                                                  const shell& sh) const;
  /// The project under them. `complete`: required parameters without a value are problems, too.
  [[nodiscard]] expected<blueprint::application_config, loading_failure>
  configure(const loaded_project& loaded, bool complete, const shell& sh) const;
};

} // namespace cloudflow::cli
