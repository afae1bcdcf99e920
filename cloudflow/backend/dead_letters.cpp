#include "cloudflow/backend/dead_letters.hpp"

namespace cloudflow::backend {

namespace {

constexpr std::uint64_t room_for_headers = 16 << 10; // a record as large as a topic may hold becomes a dead letter too

bool has_dead_letters(const streamlet::port_binding& binding, const streamlet::inlet_descriptor& inlet) {
  using streamlet::error_policy;
  if (binding.on_error != error_policy::by_default) return binding.on_error == error_policy::dead_letter;
  return inlet.on_error == name_of(error_policy::by_default) || inlet.on_error == name_of(error_policy::dead_letter);
}

} // namespace

std::optional<log::topic_spec> dead_letter_topic(const instance& what, const streamlet::inlet_descriptor& inlet) {
  const auto& binding = what.settings.ports.at(inlet.name);
  if (!has_dead_letters(binding, inlet)) return std::nullopt;
  log::topic_spec spec;
  spec.name = topic_name(what.settings.app_id + "." + what.settings.name.value() + "." + inlet.name.value() + ".dead");
  spec.partitions = binding.partitions;
  spec.cleanup = log::cleanup_policy::retain;
  spec.max_record_bytes += room_for_headers;
  return spec;
}

} // namespace cloudflow::backend
