#pragma once

#include "cloudflow/schema/internal/avro_model.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cloudflow::schema::detail {

/// Makes the nodes of a schema from its JSON, defaults encoded. Returns all problems, by place; none: `into.root` is
/// set.
std::vector<diagnostic> build(avro_schema::model& into, const json_value& document,
                              std::shared_ptr<const std::string> source);

} // namespace cloudflow::schema::detail
