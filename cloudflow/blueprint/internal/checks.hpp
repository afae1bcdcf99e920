#pragma once

#include "cloudflow/blueprint/problem.hpp"
#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/config/text_reader.hpp"

#include <vector>

/// The parts of `verify` that configuration needs again, because it may change names and numbers of partitions.
namespace cloudflow::blueprint::internal {

/// Lays settings over those that the topic has.
void apply_settings(verified_topic& topic, const topic_settings& settings);

/// What a streamlet says of itself: names, parameters, mounts. `where` is the class in the blueprint.
void check_descriptor(const streamlet::streamlet_descriptor& d, const origin& where, std::vector<problem>& out);

/// Reads the schema files that topics name and that were not read yet.
void read_topic_schemas(verified_blueprint& plan, const config::text_reader& reader, std::vector<problem>& out);
/// Topics against one another and against Kafka's rules: names, clusters.
void check_topic_names(const verified_blueprint& plan, std::vector<problem>& out);
/// Every writer of a topic, and its own schema, against every reader.
void check_schemas(const verified_blueprint& plan, std::vector<problem>& out);
/// Keys and joins against partitions and partitioners (DESIGN §5).
void check_partitioning(const verified_blueprint& plan, std::vector<problem>& out);

/// Streamlets that feed one another in a circle: one note each.
std::vector<cycle> find_cycles(const verified_blueprint& plan);

/// By place, then code.
void sort_by_place(std::vector<problem>& problems);

} // namespace cloudflow::blueprint::internal
