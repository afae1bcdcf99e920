#pragma once

#include "cloudflow/log/topic_log.hpp"

#include <functional>
#include <optional>
#include <string>

namespace cloudflow::cli {

/// A place in a topic as a command line names it.
struct start_place {
  enum class kind { earliest, latest, offset, last, time };
  kind how = kind::earliest;
  std::int64_t number = 0; ///< the offset; how many offsets before the end
  timestamp time{};
};

/// "earliest", "latest", "12", "-10", "2026-11-22T21:05:00Z". Errors: `invalid_argument`.
result<start_place> start_place_of(const std::string& text);

/// Where that is in a partition, never outside of what it has.
result<record_offset> offset_of(const log::topic_log& log, const topic_partition& of, const start_place& place);

/// Reads a partition from an offset to its end, without a group; `take` says whether to go on.
result<void> read_partition(log::topic_log& log, const topic_partition& of, record_offset from,
                            const std::function<bool(const log::record_view&)>& take);

} // namespace cloudflow::cli
