#pragma once

#include "cloudflow/base/problem_page.hpp"

namespace cloudflow::blueprint {

/// What this room's codes mean: blueprints (CF-B...) and configuration (CF-A...), by code.
[[nodiscard]] std::span<const problem_page> problem_catalog();

} // namespace cloudflow::blueprint
