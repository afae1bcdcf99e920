#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/base/origin.hpp"
#include "cloudflow/blueprint/topic_settings.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::blueprint {

/// A topic without `partitions` gets several, so that keys that do not fit show on the first run (DESIGN §5).
inline constexpr std::int32_t default_partitions = 3;

/// One port and the topic behind it.
struct bound_port {
  port_name name;
  topic_id topic;
  group_name group{};         ///< inlets: the consumer group
  port_name first_of_group{}; ///< co-partitioned inlets: the one that names the group; else empty
  origin where{};             ///< where the blueprint names the port
};

struct verified_streamlet {
  streamlet_name name;
  std::string class_name;
  std::string runtime;
  streamlet::streamlet_descriptor descriptor;
  std::vector<bound_port> inlets{};  ///< in the order of the shape
  std::vector<bound_port> outlets{}; ///< in the order of the shape
  std::string deployment{};          ///< `<app>-<streamlet>`, made to fit
  origin where{};                    ///< of the name in the blueprint
  origin class_where{};
};

struct verified_topic {
  topic_id id;
  topic_name name; ///< in the log or the cluster
  std::int32_t partitions = default_partitions;
  bool partitions_given = false; ///< someone wrote the number
  bool managed = true;
  bool named =
      false; ///< someone wrote `topic.name`, or the id stands in `topics`: the name does not begin with `<app>.`
  std::optional<std::string> cluster{};
  topic_settings settings{};
  std::optional<streamlet::schema_descriptor> schema{}; ///< of records that do not name theirs: `settings.schema`, read
  std::vector<port_path> producers{};                   ///< in the order in which they were written
  std::vector<port_path> consumers{};
  origin where{}; ///< of its id in `topics`, or of the outlet in `connections`
};

/// A blueprint that was checked, with everything that follows from it. Only `verify` makes one and only `configure`
/// changes one; later rooms take nothing else. Plain data, order as written, so that equal input prints equal.
struct verified_blueprint {
  std::string app_id;
  std::vector<verified_streamlet> streamlets{};
  std::vector<verified_topic> topics{};
  std::vector<diagnostic> notes{}; ///< legal, but worth knowing: cycles

  [[nodiscard]] const verified_streamlet* find(const streamlet_name& name) const;
  [[nodiscard]] const verified_topic* find(const topic_id& id) const;
  [[nodiscard]] verified_topic* find(const topic_id& id);
  /// The topic behind a port; nullptr if there is no such port.
  [[nodiscard]] const verified_topic* topic_of(const port_path& port) const;
};

} // namespace cloudflow::blueprint
