#include "cloudflow/streamlet/streamlet.hpp"

namespace cloudflow::streamlet {

std::string_view name_of(error_policy policy) {
  switch (policy) {
  case error_policy::by_default: return "default";
  case error_policy::fail: return "fail";
  case error_policy::skip: return "skip";
  case error_policy::dead_letter: return "dead-letter";
  }
  return "default";
}

std::optional<error_policy> error_policy_named(std::string_view name) {
  for (auto policy : {error_policy::fail, error_policy::skip, error_policy::dead_letter})
    if (name_of(policy) == name) return policy;
  return std::nullopt;
}

schema_descriptor describe(const schema::schema_definition& definition) {
  const bool has_schema = !definition.text.empty();
  return {definition.name, definition.format, has_schema ? to_hex(definition.ids.sha256) : std::string(),
          definition.text};
}

streamlet_descriptor describe(std::string_view class_name, const streamlet_base& streamlet) {
  auto descriptor = streamlet.shape().parts();
  descriptor.class_name = class_name;
  descriptor.runtime = streamlet.runtime();
  descriptor.description = streamlet.description();
  descriptor.labels = streamlet.labels();
  return descriptor;
}

} // namespace cloudflow::streamlet
