#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/expected.hpp"
#include "cloudflow/blueprint/problem.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/resolve.hpp"
#include "cloudflow/config/value.hpp"
#include "cloudflow/streamlet/context.hpp"
#include "cloudflow/streamlet/ports.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::blueprint {

/// What configuration makes of one streamlet, typed and complete.
struct streamlet_config {
  streamlet_name name;
  config::value parameters = config::value::empty_object(); ///< by key; defaults filled in
  std::set<std::string, std::less<>> secrets{};             ///< parameters whose values no printer may show
  config::value config = config::value::empty_object(); ///< the engine's settings: the runtime's, and over them its own
  std::map<std::string, std::filesystem::path> mounts{};   ///< by name; those that nobody gave are missing
  std::map<port_name, streamlet::error_policy> on_error{}; ///< inlets for which configuration says something
  std::map<port_name, std::int32_t> retries{};
  std::map<port_name, std::int32_t> repartitions{}; ///< partitions of their topics, where configuration says something
  streamlet::delivery delivery = streamlet::delivery::exactly_once;
  std::chrono::milliseconds commit_interval{100};
};

/// A verified blueprint under its configuration: what can be started. Only `configure` makes one.
struct application_config {
  verified_blueprint plan;                    ///< with the topics as configuration wants them
  std::vector<streamlet_config> streamlets{}; ///< in the plan's order

  [[nodiscard]] const streamlet_config* find(const streamlet_name& name) const;
};

/// One `--conf` file, parsed.
struct config_file {
  std::string name;
  config::value content;
};

/// Where configuration comes from; what stands later wins, `key_values` win over files.
struct config_sources {
  std::vector<std::filesystem::path> files{};
  std::vector<std::string> key_values{}; ///< `path.expression=value`
  config::environment variables{};       ///< for `${...}`
  bool complete = true;                  ///< as in `configure_options`
};

/// How a document is laid over a plan.
struct configure_options {
  std::vector<config_file> files{}; ///< of which the document was made, for telling which of them is of no use
  bool complete = true;             ///< a required parameter without a value is a problem: the application shall start
  config::text_reader reader = config::read_files(); ///< of named files: `<parameter>.file`, schemas
};

/// Lays a resolved document over the plan: types, patterns and names are checked, defaults filled in, topics changed
/// and checked again.
/// Errors: CF-A01 to CF-A14; CF-B16, CF-B34, CF-B37 to CF-B39, CF-B50, CF-B51 where a changed topic no longer fits. All
/// at once.
[[nodiscard]] expected<application_config, std::vector<problem>>
configure(const verified_blueprint& plan, const config::value& document, const configure_options& options = {});

/// Reads, merges and resolves the sources, then the same: the one way of `verify --conf`, `run` and `deploy`.
/// Errors: also those of the configuration language (CF-C...).
[[nodiscard]] expected<application_config, std::vector<diagnostic>> configure(const verified_blueprint& plan,
                                                                              const config_sources& sources);

} // namespace cloudflow::blueprint
