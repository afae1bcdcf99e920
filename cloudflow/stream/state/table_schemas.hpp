#pragma once

#include "cloudflow/stream/state/state_port.hpp"

#include <string>
#include <vector>

namespace cloudflow::stream {

/// What every form of `task_state` keeps beside the entries of a table: the schema of its keys, and all schemas that
/// its values were ever written with, by number. Value type.
struct table_schemas {
  std::string keys; ///< empty: nothing was ever written
  std::vector<std::string> values;

  [[nodiscard]] CLOUDFLOW_API bool can_open(const table_spec& spec) const;
  /// What a refusal says: "its keys were written as ... and are read as ...".
  [[nodiscard]] CLOUDFLOW_API std::string refusal(const table_spec& spec) const;
  /// Adds the spec's schemas if they are new; the port is the caller's to fill in. Shape: `can_open(spec)`.
  [[nodiscard]] CLOUDFLOW_API opened_table open(const table_spec& spec);
};

} // namespace cloudflow::stream
