#pragma once

#include "cloudflow/blueprint/problem.hpp"
#include "cloudflow/blueprint/topic_settings.hpp"

#include <string>
#include <vector>

namespace cloudflow::blueprint {

/// `ref = class` of section `streamlets`.
struct streamlet_use {
  located<std::string> name;
  located<std::string> class_name;
};

/// `ref.outlet = [ref.inlet, ...]` of section `connections`.
struct connection {
  located<std::string> outlet;
  std::vector<located<std::string>> inlets;
};

/// One member of section `topics`.
struct topic_use {
  located<std::string> id;
  std::vector<located<std::string>> producers;
  std::vector<located<std::string>> consumers;
  topic_settings settings;
};

/// A blueprint as it was written, with the place of everything. Not verified: no later room takes it but `verify`.
/// Immutable by habit.
struct blueprint {
  origin where; ///< of the section `blueprint`
  bool has_streamlets_section = false;
  std::vector<streamlet_use> streamlets;
  std::vector<connection> connections;
  std::vector<topic_use> topics;
  std::vector<problem> problems; ///< what its form has wrong; `verify` reports them with its own
};

} // namespace cloudflow::blueprint
