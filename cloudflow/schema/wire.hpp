#pragma once

#include "cloudflow/schema/wire_containers.hpp"
#include "cloudflow/schema/wire_records.hpp"
#include "cloudflow/schema/wire_scalars.hpp"
#include "cloudflow/schema/wire_unions.hpp"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace cloudflow::schema {

/// How each Avro type lies in bytes, by static functions that know the C++ type they fill: `read` where writer and
/// reader agree, `read` by a plan where they do not, `bound` (the most bytes that `write` needs) and `write`. The tags
/// say what the C++ type cannot: the place of null in a union, the boxes of a recursive record.
namespace wire {}

} // namespace cloudflow::schema
