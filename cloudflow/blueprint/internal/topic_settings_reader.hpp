#pragma once

#include "cloudflow/blueprint/topic_settings.hpp"
#include "cloudflow/config/value.hpp"

#include <functional>
#include <string>
#include <vector>

namespace cloudflow::blueprint::internal {

/// Who is told what is wrong: the blueprint and configuration have codes of their own for it.
struct settings_listener {
  std::function<void(const std::string& key, const origin& where, const std::vector<std::string>& known)> unknown;
  std::function<void(const std::string& key, const std::string& reason, const origin& where)> bad;
};

/// Most partitions that a topic may have: each costs memory in every log.
inline constexpr std::int64_t partitions_limit = 10'000;

/// Reads the settings of one topic. `also` are keys that the caller reads itself.
topic_settings read_topic_settings(const config::value& object, const std::vector<std::string>& also,
                                   const settings_listener& listener);

/// The keys that `read_topic_settings` knows.
const std::vector<std::string>& topic_setting_keys();

} // namespace cloudflow::blueprint::internal
