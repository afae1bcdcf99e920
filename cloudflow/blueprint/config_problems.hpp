#pragma once

#include "cloudflow/blueprint/wiring_problems.hpp"

/// What can be wrong with the configuration that is given to an application. Values of secrets are never in them.
namespace cloudflow::blueprint {

struct unknown_config_key {
  std::string key, suggestion; ///< whole paths
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A01");
};
struct unknown_streamlet {
  std::string name, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A02");
};
struct unknown_topic {
  std::string id, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A03");
};
struct unknown_parameter {
  std::string streamlet, class_name, key, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A04");
};
struct unknown_volume_mount {
  std::string streamlet, class_name, name, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A05");
};
struct wrong_config_type {
  std::string key, reason, hint;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A06");
};
struct pattern_mismatch {
  std::string streamlet, key, value, pattern; ///< a secret's value is "***"
  origin where;
  CLOUDFLOW_PROBLEM("CF-A07");
};
struct missing_parameter {
  std::string streamlet, class_name, key, description, type;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A08");
};
struct unused_config_file {
  std::string file, first_key;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A09");
};
struct unsupported_setting {
  std::string key, value, reason, hint;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A10");
};
struct unknown_runtime {
  std::string runtime, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A11");
};
struct unknown_inlet {
  std::string streamlet, inlet, suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A12");
};
struct unreadable_value_file {
  std::string key, file, reason;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A14");
};
struct value_out_of_range {
  std::string key, value, reason;
  origin where;
  CLOUDFLOW_PROBLEM("CF-A13");
};

} // namespace cloudflow::blueprint
