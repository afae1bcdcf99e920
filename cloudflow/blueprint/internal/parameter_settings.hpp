#pragma once

#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/internal/named_file.hpp"
#include "cloudflow/blueprint/internal/settings_walk.hpp"
#include "cloudflow/blueprint/internal/text.hpp"

#include <optional>
#include <string>
#include <vector>

namespace cloudflow::blueprint::internal {

/// Reads what a streamlet's class declares: the values of its parameters, the folders of its mounts.
class parameter_settings {
  std::vector<problem>& out_;
  suggestions& suggest_;
  const config::text_reader& reader_;

  std::optional<std::string> value_in(const named_file& file, const std::string& key);

public:
  parameter_settings(std::vector<problem>& out, suggestions& suggest, const config::text_reader& reader)
      : out_(out)
      , suggest_(suggest)
      , reader_(reader) {}

  void parameter(const given& g, const verified_streamlet& s, streamlet_config& into);
  void mount(const given& g, const verified_streamlet& s, streamlet_config& into);
  /// What nobody gave: the default, or a problem if the configuration has to be `complete`.
  void defaults(const verified_streamlet& s, streamlet_config& into, bool complete);
};

} // namespace cloudflow::blueprint::internal
