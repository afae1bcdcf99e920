#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/base/ids.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloudflow::config {
class value;
}

/// What is known of a streamlet without running it: plain data, made when a module is built, stored in the module, read
/// by `verify`, `package`, plugin and operator. Immutable once made. Source: feature list §1.7, DESIGN §2.
namespace cloudflow::streamlet {

/// A schema by name, format and fingerprint, with its text.
struct schema_descriptor {
  std::string name;        ///< full name of the record, or "bytes"
  std::string format;      ///< "avro", "bytes"
  std::string fingerprint; ///< SHA-256 of the canonical form, hexadecimal
  std::string text;        ///< the schema as its author wrote it
  friend bool operator==(const schema_descriptor&, const schema_descriptor&) = default;
};

/// Which fields make a partitioner's or a grouping key. `fields` is empty for a lambda: then only the run can check it.
struct key_descriptor {
  enum class kind { none, fields, opaque };
  kind how = kind::none;
  std::vector<std::string> fields{};
  friend bool operator==(const key_descriptor&, const key_descriptor&) = default;
};

struct inlet_descriptor {
  port_name name;
  schema_descriptor schema;
  std::string on_error = "default"; ///< "default", "fail", "skip", "dead-letter", "handler"
  bool unique_group = false;        ///< every replica reads all partitions
  std::string event_time{};         ///< a field's name, "custom" for a lambda, empty for the record's timestamp
  key_descriptor key{};             ///< by which the streamlet groups what it reads here
  friend bool operator==(const inlet_descriptor&, const inlet_descriptor&) = default;
};

struct outlet_descriptor {
  port_name name;
  schema_descriptor schema;
  key_descriptor partitioner{}; ///< none = spread evenly
  friend bool operator==(const outlet_descriptor&, const outlet_descriptor&) = default;
};

/// An internal topic of the streamlet, written and read by itself.
struct repartition_descriptor {
  port_name name;
  schema_descriptor schema;
  key_descriptor key{};
  friend bool operator==(const repartition_descriptor&, const repartition_descriptor&) = default;
};

struct config_parameter_descriptor {
  std::string key;
  std::string description;
  std::string validation_type; ///< "int32", "double", "bool", "string", "duration", "memorysize"
  std::optional<std::string>
      validation_pattern{}; ///< for "string": a regular expression (RE2) that the whole value matches
  std::optional<std::string> default_value{};
  bool secret = false; ///< printers show *** instead of the value
  friend bool operator==(const config_parameter_descriptor&, const config_parameter_descriptor&) = default;
};

struct volume_mount_descriptor {
  std::string name;
  std::string path;
  std::string access_mode; ///< "ReadWriteMany", "ReadOnlyMany"
  friend bool operator==(const volume_mount_descriptor&, const volume_mount_descriptor&) = default;
};

struct attribute_descriptor {
  std::string attribute_name; ///< "server"
  std::string config_path;    ///< "container-port"
  friend bool operator==(const attribute_descriptor&, const attribute_descriptor&) = default;
};

struct streamlet_descriptor {
  std::string class_name;
  std::string runtime; ///< the backend's name: "native", "spark", "flink", ...
  std::string description{};
  std::vector<std::string> labels{};
  std::vector<inlet_descriptor> inlets{};
  std::vector<outlet_descriptor> outlets{};
  std::vector<config_parameter_descriptor> config_parameters{};
  std::vector<volume_mount_descriptor> volume_mounts{};
  std::vector<attribute_descriptor> attributes{};
  std::vector<std::vector<port_name>> co_partitioned{}; ///< inlets that meet in one join or one keyed state
  std::vector<repartition_descriptor> repartitions{};

  [[nodiscard]] CLOUDFLOW_API const inlet_descriptor* find_inlet(const port_name& name) const;
  [[nodiscard]] CLOUDFLOW_API const outlet_descriptor* find_outlet(const port_name& name) const;
  friend bool operator==(const streamlet_descriptor&, const streamlet_descriptor&) = default;
};

/// A class whose descriptor could not be made: its constructor or `shape()` threw, crashed or hung.
struct extract_failure {
  std::string class_name;
  std::string reason;
  friend bool operator==(const extract_failure&, const extract_failure&) = default;
};

/// Everything a module says of itself.
struct module_descriptor {
  static constexpr int protocol = 1; ///< goes up when a reader of the old form could misread the new one
  std::string kind = "native-so";
  std::string core_version{};
  std::vector<streamlet_descriptor> streamlets{}; ///< by class name
  std::vector<extract_failure> failures{};
};

/// Sorted, so that equal modules have equal text.
CLOUDFLOW_API std::string to_json(const streamlet_descriptor& descriptor, int indent = 0);
CLOUDFLOW_API std::string to_json(const module_descriptor& descriptor, int indent = 0);

/// Errors: `parse_error` on what is no JSON, `incompatible` on another protocol, `invalid_argument` naming the member.
CLOUDFLOW_API result<module_descriptor> module_descriptor_from_json(std::string_view json);

} // namespace cloudflow::streamlet
