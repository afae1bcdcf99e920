#pragma once

#include "cloudflow/base/origin.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cloudflow::blueprint {

/// A value with the place where it was written.
template <class T> struct located {
  T value{};
  origin where{};
};

/// What may be said of a topic, in the blueprint and in configuration alike. Source: feature list §3.1, §6.
struct topic_settings {
  using properties = std::map<std::string, located<std::string>>;

  std::optional<located<std::string>> name{};        ///< `topic.name`
  std::optional<located<std::int32_t>> partitions{}; ///< `topic.partitions` or `partitions`
  std::optional<located<std::int32_t>> replicas{};
  std::optional<located<std::string>> cluster{};
  std::optional<located<bool>> managed{}; ///< none: true, the platform creates the topic
  std::optional<located<std::string>> schema{};
  std::optional<located<std::string>> bootstrap_servers{};
  properties topic{}; ///< further properties of the topic, by Kafka's names
  properties connection{};
  properties producer{};
  properties consumer{};

  /// These over others, key by key.
  [[nodiscard]] topic_settings over(const topic_settings& lower) const;
};

} // namespace cloudflow::blueprint
