#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/ids.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::log {

/// When a topic forgets records.
enum class cleanup_policy {
  /// When every group that reads the topic has committed past them. Without a reader the newest 1,000 of a partition
  /// stay
  /// and the others are counted in `cloudflow_log_dropped_records_total`. In Kafka the same as `retain`.
  consumed,
  retain, ///< by `retention_time` and `retention_bytes` only
  compact ///< the latest record of each key stays; a tombstone goes when `tombstone_retention` has passed
};

/// What `record_view::time` is.
enum class timestamp_kind {
  create, ///< the writer's; the log's clock where the writer gave none
  append  ///< the log's clock at the append
};

struct topic_spec {
  topic_name name;
  std::int32_t partitions = 3;
  cleanup_policy cleanup = cleanup_policy::retain;
  std::optional<std::chrono::milliseconds> retention_time{}; ///< none: for ever
  std::optional<std::uint64_t> retention_bytes{};            ///< per partition; none: no bound
  std::chrono::milliseconds tombstone_retention = std::chrono::hours(24);
  timestamp_kind timestamps = timestamp_kind::create;
  std::uint64_t max_record_bytes = 1 << 20;      ///< key, value and headers of one record
  std::uint64_t max_memory_bytes = 16 << 20;     ///< in-process log: what lies beyond goes to the store
  std::map<std::string, std::string> settings{}; ///< further settings of the cluster, by their own names
};

struct partition_offsets {
  record_offset first;       ///< of the oldest record that is still there
  record_offset next;        ///< that the next record will get
  record_offset last_stable; ///< a `read_committed` reader sees what lies before
};

struct topic_description {
  topic_spec spec;
  std::vector<partition_offsets> partitions;
  bool closed = false; ///< all its declared writers completed
};

} // namespace cloudflow::log
