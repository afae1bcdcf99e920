#include "cloudflow/blueprint/wiring_problems.hpp"

#include "cloudflow/blueprint/internal/text.hpp"
#include "cloudflow/blueprint/names.hpp"

namespace cloudflow::blueprint {

using namespace internal;

namespace {

constexpr const char* label_rule = "lower-case letters, digits and '-' inside, at most 63 characters";

std::string label_hint(const std::string& name) {
  const auto legal = as_label(name);
  return is_label(legal) ? "write '" + legal + "'" : std::string("choose a name of ") + label_rule;
}

std::string partitioned(const std::vector<std::string>& list) {
  return list.empty() ? std::string(", without a partitioner") : ", partitioned by " + listed(list);
}

std::string set_at(const origin& where) {
  return where.source ? " (set at " + where.text() + ")" : std::string(" (the default)");
}

std::string and_more(std::size_t writers) {
  return writers == 0 ? std::string() : " and " + std::to_string(writers) + " more";
}

std::string described(const streamlet::schema_descriptor& schema) {
  return schema.name + " (" + schema.format + ")" +
         (schema.fingerprint.empty() ? "" : "  " + schema.fingerprint.substr(0, 8));
}

std::string described(const port_path& port, const streamlet::schema_descriptor& schema) {
  return port.text() + "  " + described(schema);
}

} // namespace

diagnostic format_error::to_diagnostic() const { return problem_at(code, where, reason, hint); }

diagnostic missing_streamlets_section::to_diagnostic() const {
  return problem_at(code, where, "the blueprint has no section 'blueprint.streamlets'",
                    hint.empty() ? "write: blueprint { streamlets { ingress = \"acme.ingress\" } }" : hint);
}

diagnostic empty_streamlets::to_diagnostic() const {
  return problem_at(code, where, "the blueprint uses no streamlets", "name one: ingress = \"acme.ingress\"");
}

diagnostic empty_streamlet_descriptors::to_diagnostic() const {
  return problem_at(
      code, where, "the application's module holds no streamlets",
      "write CLOUDFLOW_STREAMLET(my_class, \"acme.my-class\") beside a streamlet's class and list its source "
      "in cloudflow_add_streamlet()");
}

diagnostic duplicate_streamlet_name::to_diagnostic() const {
  auto d =
      problem_at(code, where, "streamlet " + in_quotes(name) + " is named twice", "give each instance its own name");
  d.details.emplace_back("first", first_class + "  " + first.text());
  d.details.emplace_back("then", second_class);
  return d;
}

diagnostic invalid_streamlet_name::to_diagnostic() const {
  auto d = problem_at(code, where, in_quotes(name) + " cannot be a streamlet's name", label_hint(name));
  d.details.emplace_back("because", label_rule);
  return d;
}

diagnostic incompatible_schema::to_diagnostic() const {
  auto d = problem_at(
      code, where, "inlet " + reader.text() + " cannot read topic " + topic.value(),
      written.format == read.format
          ? "make the reader's schema take the writer's (a default for a new field, an alias for another name), "
            "or convert in a streamlet between the two"
          : "use one format on both sides, or convert in a streamlet between the two");
  d.details.emplace_back("written by", described(writer, written) + and_more(more_writers));
  d.details.emplace_back("read by", described(reader, read));
  d.details.emplace_back("because", because);
  return d;
}

diagnostic invalid_kafka_cluster_name::to_diagnostic() const {
  auto d = problem_at(code, where, in_quotes(name) + " cannot be the name of topic " + topic.value() + "'s cluster",
                      label_hint(name));
  d.details.emplace_back("because", label_rule);
  return d;
}

diagnostic invalid_topic_name::to_diagnostic() const {
  auto d =
      problem_at(code, where, in_quotes(name) + " cannot be a topic's name",
                 name == topic.value() ? "rename it, or give it another name in Kafka by topic.name" : "rename it");
  d.details.emplace_back("because", "letters, digits, '.', '_' and '-', 1 to 249 characters, not '.' or '..'");
  return d;
}

diagnostic invalid_port_path::to_diagnostic() const {
  return problem_at(code, where, in_quotes(text) + " names no port: a port is written <streamlet>.<port>",
                    did_you_mean(suggestion));
}

diagnostic port_path_not_found::to_diagnostic() const {
  auto d =
      problem_at(code, where,
                 streamlet_known
                     ? "streamlet " + in_quotes(path.streamlet.value()) + " has no port " + in_quotes(path.port.value())
                     : in_quotes(path.text()) + ": there is no streamlet " + in_quotes(path.streamlet.value()),
                 did_you_mean(suggestion));
  if (!known.empty()) d.details.emplace_back(streamlet_known ? "its ports" : "streamlets", listed(known));
  return d;
}

diagnostic invalid_producer_port_path::to_diagnostic() const {
  return problem_at(code, where, path.text() + " is an inlet: it cannot write",
                    outlets.empty() ? "name an outlet; this streamlet has none" : "its outlets: " + listed(outlets));
}

diagnostic invalid_consumer_port_path::to_diagnostic() const {
  return problem_at(code, where, path.text() + " is an outlet: it cannot read",
                    inlets.empty() ? "name an inlet; this streamlet has none" : "its inlets: " + listed(inlets));
}

diagnostic port_bound_to_many_topics::to_diagnostic() const {
  auto d = problem_at(code, where, path.text() + " is bound more than once: a port has one topic",
                      "keep one of them; a topic may have many producers and many consumers");
  for (const auto& topic : topics) d.details.emplace_back("topic", topic.value.value() + "  " + topic.where.text());
  return d;
}

diagnostic unconnected_inlet::to_diagnostic() const {
  return problem_at(code, where, "inlet " + path.text() + " (" + class_name + ") is connected to nothing",
                    "write it behind an outlet in 'connections', or among the consumers of a topic");
}

diagnostic unconnected_outlet::to_diagnostic() const {
  return problem_at(code, where, "outlet " + path.text() + " (" + class_name + ") is connected to nothing",
                    "write '" + path.text() + " = []' in 'connections' if nobody is to read it");
}

diagnostic unknown_key::to_diagnostic() const {
  return problem_at(code, where, section + " has no key " + in_quotes(key),
                    did_you_mean(suggestion, known.empty() ? "" : "known keys: " + listed(known, 16)));
}

diagnostic duplicate_topic_name::to_diagnostic() const {
  auto d = problem_at(
      code, where, "topics " + first.value() + " and " + second.value() + " are both named " + in_quotes(name.value()),
      "make them one topic, or give one of them another topic.name");
  if (first_where.source) d.details.emplace_back("first", first_where.text());
  return d;
}

diagnostic fan_in::to_diagnostic() const {
  std::string producers; // to be pasted
  for (const auto& outlet : outlets) producers += (producers.empty() ? "" : ", ") + outlet;
  auto d = problem_at(code, where, "inlet " + inlet.text() + " is behind several outlets",
                      "put the outlets on one topic: topics { " + inlet.streamlet.value() + "-" + inlet.port.value() +
                          " { producers = [" + shown(producers) + "], consumers = [" + inlet.text() +
                          "] } }, or give the streamlet two inlets and merge them");
  d.details.emplace_back("outlets", listed(outlets));
  d.details.emplace_back("because",
                         "each outlet in 'connections' has a topic of its own, and an inlet reads one topic");
  return d;
}

diagnostic key_not_partitioned::to_diagnostic() const {
  auto d = problem_at(code, where, "records of one key of inlet " + reader.text() + " would meet in different tasks",
                      "partition " + writer.text() + " by fields among " + listed(key) + ", or give topic " +
                          topic.value() + " one partition");
  d.details.emplace_back("grouped by", listed(key));
  d.details.emplace_back("written by", writer.text() + and_more(more_writers) + partitioned(partitioner));
  d.details.emplace_back("because", "topic " + topic.value() + " has " + std::to_string(partitions) + " partitions" +
                                        set_at(counted) + ", each read by one task" +
                                        (partitioner.empty() ? "; without a partitioner records spread evenly" : ""));
  return d;
}

diagnostic unequal_partitions::to_diagnostic() const {
  auto d = problem_at(code, where,
                      "inlets " + first.text() + " and " + second.port.value() +
                          " meet, but their topics have different "
                          "numbers of partitions",
                      "give both topics the same number of partitions");
  d.details.emplace_back("first", first_topic.value() + " has " + std::to_string(first_count) + set_at(first_counted));
  d.details.emplace_back("second",
                         second_topic.value() + " has " + std::to_string(second_count) + set_at(second_counted));
  d.details.emplace_back("because", "task i reads partition i of each of them");
  return d;
}

diagnostic unequal_partitioners::to_diagnostic() const {
  auto d = problem_at(code, where,
                      "inlets " + first.text() + " and " + second.port.value() +
                          " meet, but their topics are partitioned by different fields",
                      "partition both by the same fields in the same order");
  d.details.emplace_back("first", first_writer.text() + partitioned(first_fields));
  d.details.emplace_back("second", second_writer.text() + partitioned(second_fields));
  d.details.emplace_back("because", "records that belong together must lie in partitions of the same number");
  return d;
}

diagnostic name_does_not_fit::to_diagnostic() const {
  auto d = problem_at(code, where, "no name for Kubernetes and Kafka can be made of " + in_quotes(name), hint);
  d.details.emplace_back("because", reason);
  return d;
}

diagnostic empty_topic::to_diagnostic() const {
  return problem_at(code, where, "topic " + in_quotes(topic.value()) + " has neither producers nor consumers",
                    did_you_mean(suggestion, "name its producers or consumers, or remove it"));
}

diagnostic mixed_writers::to_diagnostic() const {
  auto d = problem_at(code, where,
                      "topic " + topic.value() + " is written with different schemas, which " + reader.text() +
                          " cannot tell apart",
                      "write one schema, or give each its own topic");
  d.details.emplace_back("writers", first.text() + " and " + second.text());
  d.details.emplace_back("because", "readers of runtime " + runtime + " decode a topic with one writer's schema");
  return d;
}

diagnostic cycle::to_diagnostic() const {
  std::string text;
  for (std::size_t i = 0; i < path.size(); ++i) text += (i == 0 ? "" : " -> ") + path[i];
  auto d = problem_at(code, where, "the streamlets form a cycle", "make sure that records leave it");
  d.details.emplace_back("cycle", text);
  d.level = severity::note;
  return d;
}

diagnostic duplicate_topic_id::to_diagnostic() const {
  auto d = problem_at(code, where, "two topics have the id " + in_quotes(id.value()),
                      "rename one in 'topics', or wire one of the outlets there under an id of its own");
  d.details.emplace_back("first", first_made_by + "  " + first.text());
  d.details.emplace_back("then", made_by);
  return d;
}

diagnostic unusable_topic_schema::to_diagnostic() const {
  auto d = problem_at(code, where, "the schema of topic " + topic.value() + " cannot be read from " + in_quotes(file),
                      "name a file with an Avro schema (.avsc); a relative path stands beside the text that names it");
  constexpr std::size_t most = 8;
  for (std::size_t i = 0; i < reasons.size() && i < most; ++i) d.details.emplace_back("because", reasons[i]);
  if (reasons.size() > most) d.details.emplace_back("and", std::to_string(reasons.size() - most) + " more");
  return d;
}

diagnostic incompatible_topic_schema::to_diagnostic() const {
  auto d = problem_at(code, where,
                      "inlet " + reader.text() + " cannot read records of topic " + topic.value() +
                          " that do not name their schema",
                      "give the schema with which they are written, or make the reader's schema take it");
  d.details.emplace_back("their schema", in_quotes(file) + "  " + described(given));
  d.details.emplace_back("read by", reader.text() + "  " + described(read));
  d.details.emplace_back("because", because);
  return d;
}

} // namespace cloudflow::blueprint
