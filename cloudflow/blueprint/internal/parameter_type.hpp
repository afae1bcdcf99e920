#pragma once

#include "cloudflow/config/value.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <optional>
#include <string>
#include <string_view>

/// What a config parameter accepts. Patterns are RE2's, matched in linear time whatever the user writes.
namespace cloudflow::blueprint::internal {

/// One of the six validation types.
[[nodiscard]] bool is_validation_type(std::string_view type);

/// Why a pattern is no regular expression; nullopt if it is one.
[[nodiscard]] std::optional<std::string> why_no_pattern(const std::string& pattern);

enum class refusal { wrong_type, pattern };
struct refused {
  refusal why;
  std::string reason; ///< never holds the value of a secret
};
/// Why the parameter does not take the value; nullopt if it does. An unusable pattern accepts everything: it is
/// reported where it stands.
[[nodiscard]] std::optional<refused> why_refused(const streamlet::config_parameter_descriptor& parameter,
                                                 const config::value& value);

} // namespace cloudflow::blueprint::internal
