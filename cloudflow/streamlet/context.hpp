#pragma once

#include "cloudflow/config/value.hpp"
#include "cloudflow/streamlet/config_parameter.hpp"
#include "cloudflow/streamlet/descriptor.hpp"
#include "cloudflow/streamlet/ports.hpp"
#include "cloudflow/streamlet/volume_mount.hpp"

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace cloudflow::streamlet {

/// What a record must be worth when a process dies (DESIGN §5).
enum class delivery { exactly_once, at_least_once, at_most_once };
CLOUDFLOW_API std::string_view name_of(delivery d);

/// An inlet's or outlet's end of a topic.
struct port_binding {
  topic_id id;
  topic_name topic;
  std::int32_t partitions = 1;
  group_name group{};                               ///< inlets: the consumer group
  bool unique_group = false;                        ///< inlets: reads all partitions, in no group
  std::string first_of_group{};                     ///< co-partitioned inlets: the port that names the group
  error_policy on_error = error_policy::by_default; ///< inlets: what configuration says, if it says something
  std::int32_t retries = 0;                         ///< inlets: further attempts of a record before the policy acts
  std::optional<schema_descriptor> schema{}; ///< inlets: of records that do not name theirs; none: the reader's own
  config::value settings{};                  ///< further settings of the topic
};

/// Everything one instance of a streamlet is told before it starts: the plain-data form of the run-time configuration
/// document (feature list §1.8).
struct instance_settings {
  std::string app_id;
  std::string app_version;
  streamlet_name name; ///< in the blueprint
  std::string class_name;
  config::value parameters = config::value::empty_object(); ///< by key; defaults filled in
  config::value config = config::value::empty_object();     ///< the `config` scope of streamlet and runtime
  std::map<std::string, std::filesystem::path> mounts{};    ///< by name: the folder
  std::map<port_name, port_binding> ports{};                ///< repartitions too
  streamlet::delivery delivery = streamlet::delivery::at_least_once;
  std::chrono::milliseconds commit_interval{100};
  bool local = false; ///< in the sandbox
  /// Which of the processes that run this streamlet: with application and name the transactional id, so that what comes
  /// back in its place fences it.
  std::string slot = "0";
};

/// Thrown by a context at user code that asks for what its streamlet's shape does not have. The backend turns it into
/// the failure of that streamlet.
class CLOUDFLOW_API context_error : public std::logic_error {
public:
  using std::logic_error::logic_error;
};

/// What a running streamlet may ask. Backends extend it with their readers and writers. Immutable; outlives the graph.
class CLOUDFLOW_API streamlet_context {
  instance_settings settings_;

  [[nodiscard]] config::value raw_value(const config_parameter_descriptor& parameter) const;
  [[noreturn]] static void refuse(const config_parameter_descriptor& parameter, const error& why);

public:
  explicit streamlet_context(instance_settings settings)
      : settings_(std::move(settings)) {}

  [[nodiscard]] const streamlet_name& name() const { return settings_.name; }
  /// The logger of this instance: `logging::info(ctx.logger(), "opened", logging::kv("file", name))`. In the sandbox
  /// each streamlet has a log file of its own.
  [[nodiscard]] std::string logger() const { return "streamlet." + settings_.name.value(); }
  [[nodiscard]] const std::string& app_id() const { return settings_.app_id; }
  [[nodiscard]] bool local() const { return settings_.local; }
  [[nodiscard]] const instance_settings& settings() const { return settings_; }

  /// The value of a parameter of this streamlet's shape. Throws context_error if the shape lacks it.
  template <parameter T> [[nodiscard]] T value(const config_parameter<T>& parameter) const {
    auto read = parameter_traits<T>::read(raw_value(parameter.descriptor()));
    if (!read) refuse(parameter.descriptor(), read.error());
    return std::move(*read);
  }
  /// The folder behind a volume mount of this streamlet's shape. Throws context_error if the shape lacks it.
  [[nodiscard]] std::filesystem::path path(const volume_mount& mount) const;
  /// The topic behind a port. Throws context_error if the shape lacks the port.
  [[nodiscard]] const port_binding& binding(const port_name& port) const;
};

} // namespace cloudflow::streamlet
