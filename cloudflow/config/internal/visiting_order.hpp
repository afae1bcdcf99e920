#pragma once

#include "cloudflow/config/internal/node.hpp"

#include <cstdint>
#include <vector>

namespace cloudflow::config::detail {

/// The order in which typesafe-config visits an object's members: that of its hash table. It matters where two values
/// look back at each other, since the first one visited decides what the other sees.
std::vector<std::uint32_t> visiting_order(const node& object);

} // namespace cloudflow::config::detail
