#pragma once

#include "cloudflow/blueprint/config_problems.hpp"
#include "cloudflow/blueprint/descriptor_problems.hpp"
#include "cloudflow/blueprint/wiring_problems.hpp"

#include <string_view>
#include <variant>
#include <vector>

namespace cloudflow::blueprint {

/// One thing that is wrong with a blueprint, its streamlets or their configuration: typed, so that tests and tools can
/// match it; `to_diagnostic` says it to people.
using problem = std::variant<
    format_error, missing_streamlets_section, empty_streamlets, empty_streamlet_descriptors, duplicate_streamlet_name,
    invalid_streamlet_name, incompatible_schema, invalid_inlet_name, invalid_outlet_name, invalid_volume_mount_name,
    invalid_kafka_cluster_name, invalid_streamlet_class_name, streamlet_descriptor_not_found, ambiguous_streamlet_ref,
    extract_problem, invalid_topic_name, invalid_port_path, port_path_not_found, invalid_producer_port_path,
    invalid_consumer_port_path, port_bound_to_many_topics, unconnected_inlet, unconnected_outlet,
    invalid_config_parameter_key, duplicate_config_parameter_key, invalid_validation_pattern, invalid_default_value,
    duplicate_volume_mount_name, duplicate_volume_mount_path, empty_volume_mount_path, non_absolute_volume_mount_path,
    backtracking_volume_mount_path, unknown_key, duplicate_topic_name, duplicate_port_name, fan_in, key_not_partitioned,
    unequal_partitions, unequal_partitioners, name_does_not_fit, empty_topic, unknown_backend, mixed_writers,
    invalid_co_partitioning, cycle, descriptor_too_large, duplicate_topic_id, unknown_validation_type,
    unknown_config_key, unknown_streamlet, unknown_topic, unknown_parameter, unknown_volume_mount, wrong_config_type,
    pattern_mismatch, missing_parameter, unused_config_file, unsupported_setting, unknown_runtime, unknown_inlet,
    value_out_of_range, unreadable_value_file, unusable_topic_schema, incompatible_topic_schema>;

[[nodiscard]] std::string_view code_of(const problem& p);
[[nodiscard]] origin place_of(const problem& p);
[[nodiscard]] diagnostic to_diagnostic(const problem& p);
/// By place, then code, then message; equal ones once.
[[nodiscard]] std::vector<diagnostic> to_diagnostics(const std::vector<problem>& problems);

} // namespace cloudflow::blueprint
