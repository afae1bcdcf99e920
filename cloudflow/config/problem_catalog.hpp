#pragma once

#include "cloudflow/base/problem_page.hpp"

namespace cloudflow::config {

/// What this room's codes mean (CF-C...), by code. The example of each is a HOCON document unless its page says
/// otherwise.
CLOUDFLOW_API std::span<const problem_page> problem_catalog();

} // namespace cloudflow::config
