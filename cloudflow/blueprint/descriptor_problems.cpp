#include "cloudflow/blueprint/descriptor_problems.hpp"

#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/names.hpp"

namespace cloudflow::blueprint {

using namespace internal;

namespace {

constexpr const char* label_rule = "lower-case letters, digits and '-' inside, at most 63 characters";

diagnostic bad_name(std::string_view code, const origin& where, const std::string& class_name, const char* what,
                    const std::string& name) {
  const auto legal = as_label(name);
  auto d = problem_at(code, where, class_name + ": " + in_quotes(name) + " cannot be " + what + "'s name",
                      is_label(legal) ? "write \"" + legal + "\" in the class" : "choose another name in the class");
  d.details.emplace_back("because", label_rule);
  return d;
}

std::string of_mount(const std::string& class_name, const std::string& name) {
  return class_name + ": volume mount " + in_quotes(name);
}

std::string of_parameter(const std::string& class_name, const std::string& key) {
  return class_name + ": config parameter " + in_quotes(key);
}

} // namespace

diagnostic invalid_inlet_name::to_diagnostic() const { return bad_name(code, where, class_name, "an inlet", name); }
diagnostic invalid_outlet_name::to_diagnostic() const { return bad_name(code, where, class_name, "an outlet", name); }
diagnostic invalid_volume_mount_name::to_diagnostic() const {
  return bad_name(code, where, class_name, "a volume mount", name);
}

diagnostic invalid_streamlet_class_name::to_diagnostic() const {
  auto d = problem_at(code, where, in_quotes(class_name) + " cannot be a streamlet's class",
                      "write the name that stands in CLOUDFLOW_STREAMLET");
  d.details.emplace_back("because", "segments [A-Za-z_][A-Za-z0-9_-]* joined by dots");
  return d;
}

diagnostic streamlet_descriptor_not_found::to_diagnostic() const {
  auto d = problem_at(code, where, "streamlet " + name + ": the module has no class " + in_quotes(class_name),
                      did_you_mean(suggestion, "check that its source is listed in cloudflow_add_streamlet() or "
                                               "cloudflow_add_application()"));
  if (!known.empty()) d.details.emplace_back("classes", listed(known));
  return d;
}

diagnostic ambiguous_streamlet_ref::to_diagnostic() const {
  return problem_at(code, where,
                    "streamlet " + name + ": the module has " + std::to_string(count) + " classes named " +
                        in_quotes(class_name),
                    "give each CLOUDFLOW_STREAMLET its own name");
}

diagnostic extract_problem::to_diagnostic() const {
  auto d = problem_at(code, where, "class " + in_quotes(class_name) + " could not be described",
                      "a streamlet's constructor and shape() only declare: no files, no network, no work");
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic invalid_config_parameter_key::to_diagnostic() const {
  auto d = problem_at(code, where, class_name + ": " + in_quotes(key) + " cannot be a config parameter's key",
                      "write words of letters joined by '-', such as \"max-celsius\"");
  d.details.emplace_back("because", "[a-zA-Z]+(-[a-zA-Z-0-9]+)*");
  return d;
}

diagnostic duplicate_config_parameter_key::to_diagnostic() const {
  return problem_at(code, where, of_parameter(class_name, key) + " is declared twice", "give each its own key");
}

diagnostic invalid_validation_pattern::to_diagnostic() const {
  auto d = problem_at(code, where, of_parameter(class_name, key) + " has a pattern that is no regular expression",
                      "see https://github.com/google/re2/wiki/Syntax");
  d.details.emplace_back("pattern", shown(pattern));
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic invalid_default_value::to_diagnostic() const {
  auto d = problem_at(code, where, of_parameter(class_name, key) + " has a default that it would not accept",
                      "correct the default in the class");
  d.details.emplace_back("default", shown(value));
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic duplicate_volume_mount_name::to_diagnostic() const {
  return problem_at(code, where, of_mount(class_name, name) + " is declared twice", "give each its own name");
}

diagnostic duplicate_volume_mount_path::to_diagnostic() const {
  return problem_at(code, where,
                    class_name + ": volume mounts " + in_quotes(first) + " and " + in_quotes(second) +
                        " have one path, " + in_quotes(path),
                    "give each its own path");
}

diagnostic empty_volume_mount_path::to_diagnostic() const {
  return problem_at(code, where, of_mount(class_name, name) + " has no path", "give it one, such as \"/mnt/data\"");
}

diagnostic non_absolute_volume_mount_path::to_diagnostic() const {
  return problem_at(code, where, of_mount(class_name, name) + " has the relative path " + in_quotes(path),
                    "begin it with '/'");
}

diagnostic backtracking_volume_mount_path::to_diagnostic() const {
  return problem_at(code, where, of_mount(class_name, name) + " has a path with '..': " + in_quotes(path),
                    "write the folder itself");
}

diagnostic duplicate_port_name::to_diagnostic() const {
  return problem_at(code, where, class_name + ": port " + in_quotes(name) + " is declared twice",
                    "give each inlet and outlet its own name");
}

diagnostic unknown_backend::to_diagnostic() const {
  auto d = problem_at(code, where, class_name + " needs the backend " + in_quotes(runtime) + ", which is not there",
                      did_you_mean(suggestion, "put the backend's library into a folder of CLOUDFLOW_BACKEND_PATH"));
  d.details.emplace_back("backends", known.empty() ? "none" : listed(known));
  return d;
}

diagnostic invalid_co_partitioning::to_diagnostic() const {
  return problem_at(code, where, class_name + ": inlet " + in_quotes(inlet) + " cannot be co-partitioned: " + reason,
                    "correct shape_of(...).co_partitioned(...) in the class");
}

diagnostic descriptor_too_large::to_diagnostic() const {
  return problem_at(code, where,
                    "the module's descriptor has " + std::to_string(bytes) + " bytes, " + std::to_string(limit) +
                        " are allowed",
                    "shorten schemas and descriptions, or make two applications");
}

diagnostic unknown_validation_type::to_diagnostic() const {
  auto d = problem_at(code, where, of_parameter(class_name, key) + " has the unknown type " + in_quotes(type),
                      "build the module and this tool with one version, or correct parameter_traits");
  d.details.emplace_back("types", "bool, double, duration, int32, memorysize and string");
  return d;
}

} // namespace cloudflow::blueprint
