#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <string>
#include <vector>

namespace cloudflow::schema::generator {

struct generator_options {
  /// Put all types into this C++ namespace ("acme::sensors") instead of the schema's own.
  std::string cpp_namespace{};
};

/// The C++ header of a schema whose root is a record: plain structs with their defaults and `operator==`, enums, a
/// borrowed form `<record>_view` of each record, and `schema::codec` of the root.
///
/// null `std::monostate` · boolean `bool` · int, long, float, double · bytes `cloudflow::bytes` · string, uuid
/// `std::string` · fixed and decimal on it `std::array<std::byte, N>` · array `std::vector` · map
/// `std::map<std::string, T>` · [null, T] and [T, null] `std::optional<T>` · other unions `std::variant` · date
/// `std::chrono::sys_days` · timestamp-millis `cloudflow::timestamp`, -micros and -nanos `std::chrono::sys_time`, local
/// ones `local_time` · time-* durations · a record inside itself `schema::box`. decimal on bytes stays bytes.
///
/// Names are kept; C++ keywords get an underscore at the end.
/// Errors: CF-S20 (the root is no record), CF-S21 (a type that C++ cannot express), CF-S22 (two types get one C++
/// name).
expected<std::string, std::vector<diagnostic>> generate_cpp(const avro_schema& schema,
                                                            const generator_options& options = {});

} // namespace cloudflow::schema::generator
