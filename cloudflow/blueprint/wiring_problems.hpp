#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/blueprint/topic_settings.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// What can be wrong with how a blueprint names and wires things: one struct per code, each with the place of the
/// offending token. The pages are docs/reference/problems/<code>.md.
namespace cloudflow::blueprint {

#define CLOUDFLOW_PROBLEM(text)                                                                                        \
  static constexpr std::string_view code = text;                                                                       \
  [[nodiscard]] diagnostic to_diagnostic() const

struct format_error { // something else than the grammar has here
  std::string reason, hint;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B01");
};
struct missing_streamlets_section {
  std::string hint;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B02");
};
struct empty_streamlets {
  origin where;
  CLOUDFLOW_PROBLEM("CF-B03");
};
struct empty_streamlet_descriptors {
  origin where;
  CLOUDFLOW_PROBLEM("CF-B04");
};
struct duplicate_streamlet_name {
  std::string name, first_class, second_class;
  origin where, first;
  CLOUDFLOW_PROBLEM("CF-B05");
};
struct invalid_streamlet_name {
  std::string name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B06");
};
struct incompatible_schema {
  port_path writer, reader;
  std::size_t more_writers = 0; ///< of the same schema
  topic_id topic;
  streamlet::schema_descriptor written, read;
  std::string because;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B07");
};
struct invalid_kafka_cluster_name {
  topic_id topic;
  std::string name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B11");
};
struct invalid_topic_name {
  topic_id topic;
  std::string name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B16");
};
struct invalid_port_path {
  std::string text, suggestion;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B17");
};
struct port_path_not_found {
  port_path path;
  bool streamlet_known = false;
  std::string suggestion;
  std::vector<std::string> known; ///< ports of the streamlet, or the streamlets
  origin where;
  CLOUDFLOW_PROBLEM("CF-B18");
};
struct invalid_producer_port_path { // an inlet among the producers
  port_path path;
  std::vector<std::string> outlets; ///< of the same streamlet
  origin where;
  CLOUDFLOW_PROBLEM("CF-B19");
};
struct invalid_consumer_port_path { // an outlet among the consumers
  port_path path;
  std::vector<std::string> inlets;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B20");
};
struct port_bound_to_many_topics {
  port_path path;
  std::vector<located<topic_id>> topics; ///< each with the place that names the port
  origin where;
  CLOUDFLOW_PROBLEM("CF-B21");
};
struct unconnected_inlet {
  port_path path;
  std::string class_name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B22");
};
struct unconnected_outlet {
  port_path path;
  std::string class_name;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B23");
};
struct unknown_key {
  std::string key, section;
  std::string suggestion;
  std::vector<std::string> known;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B33");
};
struct duplicate_topic_name {
  topic_name name;
  topic_id first, second;
  origin where, first_where;
  CLOUDFLOW_PROBLEM("CF-B34");
};
struct fan_in { // an inlet behind several outlets in `connections`
  port_path inlet;
  std::vector<std::string> outlets;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B36");
};
struct key_not_partitioned { // records of one key would not meet in one task
  port_path reader, writer;
  std::size_t more_writers = 0; ///< that partition in the same way
  topic_id topic;
  std::int32_t partitions = 0;
  std::vector<std::string> key, partitioner; ///< fields; no partitioner: empty
  origin counted;                            ///< where the number of partitions was written; may be nowhere
  origin where;
  CLOUDFLOW_PROBLEM("CF-B37");
};
struct unequal_partitions { // of inlets that meet in a join
  port_path first, second;
  topic_id first_topic, second_topic;
  std::int32_t first_count = 0, second_count = 0;
  origin first_counted, second_counted;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B38");
};
struct unequal_partitioners { // of the writers behind inlets that meet in a join
  port_path first, second;
  port_path first_writer, second_writer;
  std::vector<std::string> first_fields, second_fields;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B39");
};
struct name_does_not_fit {
  std::string name, reason, hint;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B40");
};
struct empty_topic {
  topic_id topic;
  std::string suggestion; ///< a topic of `connections` that may be meant
  origin where;
  CLOUDFLOW_PROBLEM("CF-B41");
};
struct mixed_writers { // several schemas on one topic, and a reader that takes only one
  topic_id topic;
  port_path first, second, reader;
  std::string runtime;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B44");
};
struct cycle {                   // legal: a note
  std::vector<std::string> path; ///< streamlets; the first one again at the end
  origin where;
  CLOUDFLOW_PROBLEM("CF-B46");
};
struct duplicate_topic_id {
  topic_id id;
  origin where, first;
  std::string first_made_by, made_by; ///< outlets, or "topics"
  CLOUDFLOW_PROBLEM("CF-B48");
};
struct unusable_topic_schema { // the file is not there, or holds no schema
  topic_id topic;
  std::string file;
  std::vector<std::string> reasons;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B50");
};
struct incompatible_topic_schema { // a reader cannot read records that do not name their schema
  port_path reader;
  topic_id topic;
  std::string file; ///< as it was written
  streamlet::schema_descriptor given, read;
  std::string because;
  origin where;
  CLOUDFLOW_PROBLEM("CF-B51");
};

} // namespace cloudflow::blueprint
