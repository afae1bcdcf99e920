#include "cloudflow/blueprint/config_problems.hpp"

#include "cloudflow/blueprint/internal/text.hpp"

namespace cloudflow::blueprint {

using namespace internal;

diagnostic unknown_config_key::to_diagnostic() const {
  return problem_at(code, where, "configuration has no key " + in_quotes(key),
                    did_you_mean(suggestion, known.empty() ? "" : "known here: " + listed(known, 16)));
}

diagnostic unknown_streamlet::to_diagnostic() const {
  auto d = problem_at(code, where, "the application has no streamlet " + in_quotes(name), did_you_mean(suggestion));
  if (!known.empty()) d.details.emplace_back("streamlets", listed(known));
  return d;
}

diagnostic unknown_topic::to_diagnostic() const {
  auto d = problem_at(code, where, "the application has no topic " + in_quotes(id), did_you_mean(suggestion));
  if (!known.empty()) d.details.emplace_back("topics", listed(known));
  return d;
}

diagnostic unknown_parameter::to_diagnostic() const {
  auto d = problem_at(code, where,
                      "streamlet " + streamlet + " (" + class_name + ") has no config parameter " + in_quotes(key),
                      did_you_mean(suggestion));
  d.details.emplace_back("parameters", known.empty() ? "none" : listed(known));
  return d;
}

diagnostic unknown_volume_mount::to_diagnostic() const {
  auto d =
      problem_at(code, where, "streamlet " + streamlet + " (" + class_name + ") has no volume mount " + in_quotes(name),
                 did_you_mean(suggestion));
  d.details.emplace_back("volume mounts", known.empty() ? "none" : listed(known));
  return d;
}

diagnostic wrong_config_type::to_diagnostic() const {
  auto d = problem_at(code, where, key + " has a value of the wrong type", hint);
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic pattern_mismatch::to_diagnostic() const {
  auto d =
      problem_at(code, where, "config parameter " + streamlet + "." + key + " does not accept " + in_quotes(value));
  d.details.emplace_back("pattern", shown(pattern));
  return d;
}

diagnostic missing_parameter::to_diagnostic() const {
  auto d =
      problem_at(code, where, "streamlet " + streamlet + " (" + class_name + ") needs a value for " + in_quotes(key),
                 "add cloudflow.streamlets." + streamlet + ".config-parameters." + key +
                     "=... on the command line or in a --conf file");
  if (!description.empty()) d.details.emplace_back("what it is", shown(description));
  d.details.emplace_back("type", type);
  return d;
}

diagnostic unused_config_file::to_diagnostic() const {
  auto d = problem_at(code, where, "nothing of " + file + " is used",
                      "configuration of an application stands below 'cloudflow { ... }'");
  d.details.emplace_back("holds", first_key.empty() ? "nothing" : shown(first_key));
  return d;
}

diagnostic unsupported_setting::to_diagnostic() const {
  auto d = problem_at(code, where, key + " = " + shown(value) + " is not supported", hint);
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic unknown_runtime::to_diagnostic() const {
  auto d = problem_at(code, where, "no streamlet of the application runs on " + in_quotes(runtime),
                      did_you_mean(suggestion));
  if (!known.empty()) d.details.emplace_back("runtimes", listed(known));
  return d;
}

diagnostic unknown_inlet::to_diagnostic() const {
  auto d =
      problem_at(code, where, "streamlet " + streamlet + " has no inlet " + in_quotes(inlet), did_you_mean(suggestion));
  d.details.emplace_back("inlets", known.empty() ? "none" : listed(known));
  return d;
}

diagnostic unreadable_value_file::to_diagnostic() const {
  auto d = problem_at(code, where, "the value of " + key + " cannot be read from " + in_quotes(file),
                      "a relative path stands beside the file that names it; on the command line, where you are");
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic value_out_of_range::to_diagnostic() const {
  auto d = problem_at(code, where, key + " cannot be " + shown(value));
  d.details.emplace_back("because", reason);
  return d;
}

} // namespace cloudflow::blueprint
