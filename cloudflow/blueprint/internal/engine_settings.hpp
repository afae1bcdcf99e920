#pragma once

#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/internal/settings_walk.hpp"
#include "cloudflow/blueprint/internal/text.hpp"

#include <string>
#include <vector>

namespace cloudflow::blueprint::internal {

/// Reads the settings that streamlets and runtimes share: delivery, commits, state, error policies, an engine's own.
class engine_settings {
  std::vector<problem>& out_;
  suggestions& suggest_;

  bool choice(const given& g, std::string& into);
  void unsupported(const given& g, std::string value, std::string reason, std::string hint);
  void delivery(const given& g, streamlet_config& into);
  void commit_interval(const given& g, streamlet_config& into);
  void retries(const given& g, const port_name& inlet, streamlet_config& into);
  void repartition(const given& g, const verified_streamlet& s, streamlet_config& into);
  void on_error(const given& g, const port_name& inlet, streamlet_config& into);

public:
  engine_settings(std::vector<problem>& out, suggestions& suggest)
      : out_(out)
      , suggest_(suggest) {}

  /// A runtime's setting (`of_streamlet` is false) holds for those that have such an inlet.
  void read(const given& g, const verified_streamlet& s, streamlet_config& into, bool of_streamlet);
};

} // namespace cloudflow::blueprint::internal
