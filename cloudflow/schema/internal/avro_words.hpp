#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

/// The words and names of schema texts. Source: Avro 1.12, "Primitive Types", "Logical Types", "Names".
namespace cloudflow::schema::detail {

inline constexpr std::array<std::pair<std::string_view, avro_kind>, 8> primitives{{{"null", avro_kind::null},
                                                                                   {"boolean", avro_kind::boolean},
                                                                                   {"int", avro_kind::int32},
                                                                                   {"long", avro_kind::int64},
                                                                                   {"float", avro_kind::float32},
                                                                                   {"double", avro_kind::float64},
                                                                                   {"bytes", avro_kind::bytes},
                                                                                   {"string", avro_kind::string}}};

inline constexpr std::array<std::pair<std::string_view, logical_kind>, 12> logicals{
    {{"decimal", logical_kind::decimal},
     {"uuid", logical_kind::uuid},
     {"date", logical_kind::date},
     {"time-millis", logical_kind::time_millis},
     {"time-micros", logical_kind::time_micros},
     {"timestamp-millis", logical_kind::timestamp_millis},
     {"timestamp-micros", logical_kind::timestamp_micros},
     {"timestamp-nanos", logical_kind::timestamp_nanos},
     {"local-timestamp-millis", logical_kind::local_timestamp_millis},
     {"local-timestamp-micros", logical_kind::local_timestamp_micros},
     {"local-timestamp-nanos", logical_kind::local_timestamp_nanos},
     {"duration", logical_kind::duration}}};

std::optional<avro_kind> primitive_of(std::string_view name);
logical_kind logical_of(std::string_view name); ///< `none` if it is not known

bool is_name(std::string_view text);
/// Names joined by dots.
bool is_full_name(std::string_view text);
std::string qualified(std::string_view name, std::string_view space);
std::string_view space_of(std::string_view full_name);

} // namespace cloudflow::schema::detail
