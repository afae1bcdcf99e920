#pragma once

#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"

#include <string>
#include <vector>

namespace cloudflow::cli {

/// What `describe` prints. Plain data.
struct application_description {
  std::string version;
  blueprint::verified_blueprint plan;
  std::vector<blueprint::streamlet_config> configuration{}; ///< in the plan's order, or empty
};

[[nodiscard]] std::string text_of(const application_description& what);
[[nodiscard]] std::string json_of(const application_description& what);

} // namespace cloudflow::cli
