#include "cloudflow/testkit/application/internal/application_source.hpp"

#include "cloudflow/backend/assembly.hpp"
#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/blueprint/verify.hpp"
#include "cloudflow/testkit/stream/probe.hpp"
#include "cloudflow/testkit/streamlet/streamlet_rig.hpp"

namespace cloudflow::testkit::internal {

namespace {

[[noreturn]] void refuse(const char* what, const std::vector<diagnostic>& problems) {
  std::string text = what;
  for (const auto& each : problems) text += "\n" + render(each);
  throw expectation_failed(text);
}

streamlet::module_descriptor describe_linked() {
  streamlet::module_descriptor out;
  for (const auto* entry : linked_streamlets()) {
    try {
      out.streamlets.push_back(streamlet::describe(entry->class_name, *entry->make()));
    } catch (...) {
      out.failures.push_back({entry->class_name, stream::describe_exception("shape()").message()});
    }
  }
  return out;
}

} // namespace

application_source application_source::from_file(const std::filesystem::path& blueprint) {
  auto parsed = blueprint::parse_file(blueprint);
  if (!parsed) refuse("the blueprint cannot be read:", parsed.error());
  return {std::move(*parsed), {}};
}

application_source application_source::from_text(std::string_view blueprint) {
  auto parsed = blueprint::parse_text(blueprint, "blueprint.conf");
  if (!parsed) refuse("the blueprint cannot be read:", parsed.error());
  return {std::move(*parsed), {}};
}

backend::application_plan application_source::plan(std::vector<std::string> known_backends) const {
  blueprint::verify_options options;
  options.app_name = "app";
  options.known_backends = std::move(known_backends);
  auto verified = blueprint::verify(text, describe_linked(), options);
  if (!verified) refuse("the blueprint is not right:", blueprint::to_diagnostics(verified.error()));
  auto configured = blueprint::configure(*verified, sources);
  if (!configured) refuse("the configuration is not right:", configured.error());
  return backend::assemble(*configured, {});
}

const log::topic_spec& topic_of(const backend::application_plan& plan, std::string_view topic_id) {
  std::string known;
  for (const auto& i : plan.instances)
    for (const auto& [port, binding] : i.settings.ports) {
      known += (known.empty() ? "'" : ", '") + binding.id.value() + "'";
      if (binding.id.value() != topic_id) continue;
      for (const auto& t : plan.topics)
        if (t.name == binding.topic) return t;
    }
  throw expectation_failed("there is no topic '" + std::string(topic_id) + "'; known: " + known);
}

const log::topic_spec& dead_letters_of(const backend::application_plan& plan, std::string_view port) {
  const auto name = plan.app_id + "." + std::string(port) + ".dead";
  for (const auto& t : plan.topics)
    if (t.name.value() == name) return t;
  throw expectation_failed("'" + std::string(port) + "' is no inlet that makes dead letters");
}

std::vector<bytes> values_in(log::topic_log& log, const log::topic_spec& topic) {
  log::consumer_options options;
  options.topics = {topic.name};
  options.membership = log::membership::all_partitions;
  auto reader = log.open_consumer(std::move(options));
  if (!reader) throw expectation_failed(reader.error().text());
  std::vector<std::vector<bytes>> by_partition(static_cast<std::size_t>(topic.partitions));
  log::polled polled;
  while ((*reader)->poll({}, polled)) {
    if (polled.records.empty() && polled.events.empty()) break;
    for (const auto& r : polled.records)
      if (r.value)
        by_partition[static_cast<std::size_t>(r.source.partition.value())].emplace_back(r.value->begin(),
                                                                                        r.value->end());
  }
  std::vector<bytes> out;
  for (auto& each : by_partition) out.insert(out.end(), each.begin(), each.end());
  return out;
}

std::string line_of(const backend::instance_status& s) {
  std::string text = "\n  " + s.name.value() + ": " + std::string(name_of(s.phase));
  if (!s.verdict.empty()) text += ", " + s.verdict;
  if (!s.failure) return text;
  text += ", " + s.failure->type + ": " + s.failure->text;
  if (!s.failure->op.empty()) text += ", in " + s.failure->op;
  if (!s.failure->position.empty()) text += ", at " + s.failure->position;
  return text;
}

} // namespace cloudflow::testkit::internal
