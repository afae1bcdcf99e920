#pragma once

#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/log/topic_log.hpp"

#include <string>

namespace cloudflow::cli {

/// `[--partition N] [--from PLACE] [--count N] [-o text|json]`: which records of a topic are shown, and how.
struct record_selection {
  std::string partition{};
  std::string from = "earliest";
  std::string count = "10";
  std::string output{};

  void declare(command& c);
};

/// Prints them, decoded by the schemas of the project in `folder` if that is not empty. What is wrong is said on `err`:
/// exit status 2 for the arguments, 1 for the rest.
exit_status print_records(log::topic_log& log, const log::topic_description& topic, const record_selection& which,
                          const std::string& folder, shell& sh);

} // namespace cloudflow::cli
