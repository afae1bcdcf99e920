#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/ids.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::native {

/// A record with what stands around its value, for a streamlet that asks (`ctx.records(in)`). Owns its parts.
template <class T> struct record {
  std::optional<T> value; ///< none: a tombstone
  std::optional<bytes> key;
  std::vector<std::pair<std::string, bytes>> headers;
  topic_name topic;
  partition_id partition;
  record_offset offset;
  cloudflow::timestamp timestamp{};
};

/// A record's key and value (`ctx.keyed(in)`): `[key, value]`.
template <class T> struct keyed_value {
  std::string key; ///< what its writer's partitioner gave; empty: none
  T value;
};

} // namespace cloudflow::native
