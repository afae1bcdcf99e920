#pragma once

#include "cloudflow/blueprint/wiring_problems.hpp"

/// What can be wrong with the streamlets that a blueprint uses: found in their descriptors, shown where the blueprint
/// names their class.
namespace cloudflow::blueprint {

struct invalid_inlet_name {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B08");
};
struct invalid_outlet_name {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B09");
};
struct invalid_volume_mount_name {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B10");
};
struct invalid_streamlet_class_name {
  std::string name, class_name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B12");
};
struct streamlet_descriptor_not_found {
  std::string name, class_name, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B13");
};
struct ambiguous_streamlet_ref {
  std::string name, class_name;
  std::size_t count = 0;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B14");
};
struct extract_problem {
  std::string class_name, reason;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B15");
};
struct invalid_config_parameter_key {
  std::string class_name, key;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B24");
};
struct duplicate_config_parameter_key {
  std::string class_name, key;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B25");
};
struct invalid_validation_pattern {
  std::string class_name, key, pattern, reason;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B26");
};
struct invalid_default_value {
  std::string class_name, key, value, reason; ///< a secret's value is "***"
  origin where;
  CLOUDFLOW_PROBLEM("CF-B27");
};
struct duplicate_volume_mount_name {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B28");
};
struct duplicate_volume_mount_path {
  std::string class_name, path, first, second;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B29");
};
struct empty_volume_mount_path {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B30");
};
struct non_absolute_volume_mount_path {
  std::string class_name, name, path;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B31");
};
struct backtracking_volume_mount_path {
  std::string class_name, name, path;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B32");
};
struct duplicate_port_name {
  std::string class_name, name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B35");
};
struct unknown_backend {
  std::string class_name, runtime, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B43");
};
struct invalid_co_partitioning {
  std::string class_name, inlet, reason;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B45");
};
struct descriptor_too_large {
  std::size_t bytes = 0, limit = 0;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B47");
};
struct unknown_validation_type {
  std::string class_name, key, type;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B49");
};

} // namespace cloudflow::blueprint
