#include "cloudflow/stream/state/table_schemas.hpp"

#include <algorithm>

namespace cloudflow::stream {

bool table_schemas::can_open(const table_spec& spec) const { return keys.empty() || keys == spec.key_schema; }

std::string table_schemas::refusal(const table_spec& spec) const {
  return "its keys were written as " + keys + " and are read as " + spec.key_schema;
}

opened_table table_schemas::open(const table_spec& spec) {
  keys = spec.key_schema;
  auto found = std::find(values.begin(), values.end(), spec.value_schema);
  if (found == values.end()) found = values.insert(found, spec.value_schema);
  opened_table out;
  out.current = static_cast<std::uint32_t>(found - values.begin());
  out.value_schemas = values;
  return out;
}

} // namespace cloudflow::stream
