#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/blueprint/blueprint.hpp"
#include "cloudflow/blueprint/problem.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::blueprint {

struct verify_options {
  /// The application's name; `normalise_app_id` makes the id of it.
  std::string app_name = "app";
  /// The backends that are there; none: any runtime is accepted.
  std::optional<std::vector<std::string>> known_backends{};
  /// Size of the module's descriptor as it is stored; 0: not known.
  std::size_t descriptor_bytes = 0;
  /// Of the files that the blueprint names: schemas of topics.
  config::text_reader reader = config::read_files();
};

/// Checks a blueprint against what its module says of itself. Reports every problem at once, by place.
/// Errors: CF-B01 to CF-B51 (docs/reference/problems).
[[nodiscard]] expected<verified_blueprint, std::vector<problem>>
verify(const blueprint& plan, const streamlet::module_descriptor& module, const verify_options& options = {});

} // namespace cloudflow::blueprint
