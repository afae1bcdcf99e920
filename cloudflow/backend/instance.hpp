#pragma once

#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/streamlet/context.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::backend {

/// One streamlet of an application, ready to be started: settings, descriptor, and where its code is. Plain data.
struct instance {
  streamlet::instance_settings settings;
  streamlet::streamlet_descriptor descriptor;
  std::filesystem::path module;
  /// What reads, directly or through other streamlets, what this one writes: the back-pressure of streamlets without
  /// inlets.
  std::vector<log::topic_reading> downstream{};
  /// Of a streamlet with repartitions, once its backend has cut it: the half that reads this one.
  std::optional<port_name> half{};
};

/// How an instance is called as a writer of its topics: what its backend says to `topic_log::complete_writer` when the
/// instance has completed. The host has declared it by this name.
inline std::string writer_name(const streamlet::instance_settings& settings) {
  return settings.app_id + "." + settings.name.value();
}

} // namespace cloudflow::backend
