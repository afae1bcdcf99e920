#include "cloudflow/streamlet/context.hpp"

namespace cloudflow::streamlet {

std::string_view name_of(delivery d) {
  switch (d) {
  case delivery::exactly_once: return "exactly-once";
  case delivery::at_least_once: return "at-least-once";
  case delivery::at_most_once: return "at-most-once";
  }
  return "at-least-once";
}

config::value streamlet_context::raw_value(const config_parameter_descriptor& parameter) const {
  if (auto value = settings_.parameters.get(parameter.key)) return std::move(*value);
  throw context_error("streamlet '" + settings_.name.value() + "' asks for config parameter '" + parameter.key +
                      "', which has no value: add it to shape() by .with(...)");
}

void streamlet_context::refuse(const config_parameter_descriptor& parameter, const error& why) {
  throw context_error("config parameter '" + parameter.key +
                      "': " + (parameter.secret ? "cannot be read" : why.text()));
}

std::filesystem::path streamlet_context::path(const volume_mount& mount) const {
  const auto at = settings_.mounts.find(mount.name());
  if (at == settings_.mounts.end())
    throw context_error("streamlet '" + settings_.name.value() + "' asks for volume mount '" + mount.name() +
                        "', which its shape() does not have: add it by .with(...)");
  return at->second;
}

const port_binding& streamlet_context::binding(const port_name& port) const {
  const auto at = settings_.ports.find(port);
  if (at == settings_.ports.end())
    throw context_error("streamlet '" + settings_.name.value() + "' uses port '" + port.value() +
                        "', which is on no topic: add it to shape() and connect it in the blueprint");
  return at->second;
}

} // namespace cloudflow::streamlet
