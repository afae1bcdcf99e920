#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/expected.hpp"
#include "cloudflow/base/export.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::config {

/// The keys from a root to a value, outermost first. Immutable value in spirit: built once, then read.
using path = std::vector<std::string>;

/// Parses a path expression: keys joined by dots, keys with other characters in double quotes (`a."b.c".d`).
/// Errors: CF-C04. Source: HOCON, "Path expressions".
CLOUDFLOW_API expected<path, diagnostic> parse_path(std::string_view expression);

/// The shortest path expression that reads back to the same keys.
CLOUDFLOW_API std::string render_path(const path& keys);

} // namespace cloudflow::config
