#pragma once

#include "cloudflow/cli/shell.hpp"
#include "cloudflow/schema/avro_schema.hpp"

#include <string>

namespace cloudflow::cli {

/// Reads an Avro schema from a file, "-": from standard input. What is wrong with it is said on `err`: exit status 1 if
/// it cannot be read, 3 if it has problems.
expected<schema::avro_schema, exit_status> read_schema(const std::string& file, shell& sh);

} // namespace cloudflow::cli
