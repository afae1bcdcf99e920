#pragma once

#include "cloudflow/blueprint/verified_blueprint.hpp"

#include <string>
#include <string_view>

namespace cloudflow::blueprint {

/// The plan as text: one line per streamlet and outlet in the order in which records walk, topics in brackets.
[[nodiscard]] std::string graph_text(const verified_blueprint& plan);

/// The plan as one SVG document, in layers from left to right: streamlets as boxes, topics rounded, edges with arrows;
/// those that close a cycle are dashed. Needs nothing from outside; fonts and colours are its own. `note` stands beside
/// the application's name.
[[nodiscard]] std::string graph_svg(const verified_blueprint& plan, std::string_view note = {});

} // namespace cloudflow::blueprint
