#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/blueprint.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit::internal {

/// What an application under test is made of: its blueprint, its configuration, the streamlets that are linked into the
/// test. What is wrong with them is thrown as `expectation_failed`.
struct application_source {
  blueprint::blueprint text;
  blueprint::config_sources sources;

  static application_source from_file(const std::filesystem::path& blueprint);
  static application_source from_text(std::string_view blueprint);

  /// Verified, configured and assembled.
  [[nodiscard]] backend::application_plan plan(std::vector<std::string> known_backends) const;
};

/// The topic with that id in the blueprint; throws if there is none.
const log::topic_spec& topic_of(const backend::application_plan& plan, std::string_view topic_id);
/// The topic of dead letters of "streamlet.inlet". Throws `expectation_failed` where there is none.
const log::topic_spec& dead_letters_of(const backend::application_plan& plan, std::string_view port);

/// What a topic holds now for readers of committed records, partition by partition.
std::vector<bytes> values_in(log::topic_log& log, const log::topic_spec& topic);

/// One line for each instance that failed or is not what was expected: name, phase, why.
std::string line_of(const backend::instance_status& status);

} // namespace cloudflow::testkit::internal
