#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/config/value.hpp"

#include <vector>

namespace cloudflow::blueprint::internal {

/// Marks the problems on lines that hold secrets of the document, by their keys' names or because their classes say so:
/// a problem is shown with its line, and something else on that line may be nobody's business.
void hide_secrets(std::vector<diagnostic>& problems, const verified_blueprint& plan, const config::value& document);

} // namespace cloudflow::blueprint::internal
