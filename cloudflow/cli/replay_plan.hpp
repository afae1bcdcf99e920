#pragma once

#include "cloudflow/blueprint/verified_blueprint.hpp"
#include "cloudflow/cli/record_reading.hpp"
#include "cloudflow/log/topic_log.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloudflow::cli {

/// One position that a replay sets.
struct replay_step {
  port_name inlet;
  group_name group;
  topic_partition source;
  record_offset now;
  record_offset to;
};

/// A streamlet that sees results of replayed records again, by the topic from which it reads them.
struct replay_witness {
  streamlet_name streamlet;
  topic_name topic;
};

/// Everything that a replay does, known before it is done. Plain data.
struct replay_plan {
  streamlet_name streamlet;
  std::vector<replay_step> steps{};
  std::vector<replay_witness> downstream{}; ///< nearest first
  std::vector<topic_name> closed_outlets{}; ///< to which it cannot write any more
  std::vector<topic_name> dead_letters{};   ///< where records that it cannot handle come again
  std::optional<topic_name> changelog{};    ///< where it has state
  bool drop_state = false;
};

/// Errors: `not_found` (no such streamlet or inlet, with the nearest; its group has read nothing yet),
/// `invalid_argument` (an ingress).
result<replay_plan> plan_replay(const blueprint::verified_blueprint& app, const log::topic_log& log,
                                const std::string& target, const start_place& from);

/// Sets positions, removes the state if the plan says so. Doing it again is the same as doing it once.
result<void> carry_out(const replay_plan& plan, log::topic_log& log);

std::string text_of(const replay_plan& plan);
std::string json_of(const replay_plan& plan);

} // namespace cloudflow::cli
