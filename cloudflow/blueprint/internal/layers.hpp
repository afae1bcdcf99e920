#pragma once

#include "cloudflow/blueprint/verified_blueprint.hpp"

#include <cstddef>
#include <vector>

/// How streamlets and topics are laid out: shared by the text and the picture.
namespace cloudflow::blueprint::internal {

struct drawn_node {
  bool topic = false;
  std::size_t index = 0; ///< into the plan's streamlets or topics
  std::size_t layer = 0;
  std::size_t row = 0; ///< in its layer
};

struct drawn_edge {
  std::size_t from = 0, to = 0; ///< nodes
  bool back = false;            ///< closes a cycle
};

struct drawing {
  std::vector<drawn_node> nodes; ///< streamlets first, then topics
  std::vector<drawn_edge> edges;
  std::size_t layers = 0;
  std::size_t rows = 0;
};

[[nodiscard]] drawing lay_out(const verified_blueprint& plan);

} // namespace cloudflow::blueprint::internal
