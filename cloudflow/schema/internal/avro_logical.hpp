#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <cstdint>
#include <optional>

namespace cloudflow::schema::detail {

/// A JSON number without fraction and exponent that fits.
std::optional<std::int64_t> whole_number(const json_value* value);

/// Gives the type the logical type of its JSON object; none if that is unknown or does not fit, as the specification
/// wants it.
void read_logical(const json_value& value, avro_type& type);

} // namespace cloudflow::schema::detail
