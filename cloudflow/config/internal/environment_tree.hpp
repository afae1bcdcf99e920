#pragma once

#include "cloudflow/config/internal/node.hpp"
#include "cloudflow/config/resolve.hpp"

namespace cloudflow::config::detail {

/// The variables as a tree: dots in their names separate keys, objects win over strings.
node_ptr tree_of(const environment& variables);

} // namespace cloudflow::config::detail
