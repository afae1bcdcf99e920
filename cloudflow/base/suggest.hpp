#pragma once

#include "cloudflow/base/export.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cloudflow {

/// "Did you mean": the candidate nearest to what was typed, if it is near enough to be meant (at most a third of its
/// letters differ; swapped neighbours count once). Source: optimal string alignment distance.
CLOUDFLOW_API std::optional<std::string> nearest(std::string_view typed, std::span<const std::string> candidates);

CLOUDFLOW_API std::size_t edit_distance(std::string_view a, std::string_view b);

} // namespace cloudflow
