#pragma once

#include "cloudflow/blueprint/application_config.hpp"

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::blueprint::internal {

/// The texts of which something was read, by name.
class used_texts {
  std::set<std::string, std::less<>> names_;

public:
  /// All that the value was made of.
  void use(const config::value& v);
  /// One problem for each file of which nothing was read.
  void report_unused(const std::vector<config_file>& files, std::vector<problem>& out) const;
};

} // namespace cloudflow::blueprint::internal
