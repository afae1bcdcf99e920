#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <string>

namespace cloudflow::schema::detail {

/// Source: Avro 1.12, "Transforming into Parsing Canonical Form".
std::string canonical_form(const avro_type& type);

} // namespace cloudflow::schema::detail
