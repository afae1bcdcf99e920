#pragma once

#include "cloudflow/schema/avro_schema.hpp"

namespace cloudflow::schema::detail {

/// Why a default does not fit its type, and where.
struct default_fault {
  std::string message;
  const json_value* at = nullptr;
};

/// Appends the binary form of a default value. A union takes the first branch that the value fits (Avro 1.12, "Schema
/// Record": defaults); bytes and fixed read each character as one byte (Latin-1). `steps` is the work that is left: a
/// small text can stand for a huge value, because record defaults may leave out fields that have defaults themselves.
bool encode_default(const avro_type& type, const json_value& value, bytes& out, std::uint32_t& steps,
                    default_fault& fault);

} // namespace cloudflow::schema::detail
