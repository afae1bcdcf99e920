#pragma once

#include "cloudflow/blueprint/application_config.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::blueprint {

/// Where a path is weaker than exactly-once: a streamlet, port or topic, what it is worth, and why.
struct weak_link {
  std::string name; ///< "ingress", "egress.in", "[orders]"
  streamlet::delivery worth = streamlet::delivery::at_least_once;
  std::string why; ///< "its source cannot go back"
  friend bool operator==(const weak_link&, const weak_link&) = default;
};

/// What a record is worth on one way through the application, from where it enters to where it leaves.
struct delivery_path {
  std::vector<std::string> stations; ///< streamlets; a topic in brackets where nobody of ours writes or reads it
  streamlet::delivery worth = streamlet::delivery::exactly_once;
  std::vector<weak_link> weakest;           ///< those that make it so, in the order of the path; empty: none does
  std::chrono::milliseconds commits_add{0}; ///< at most: waits for commits of transactions, summed
};

struct delivery_paths {
  std::vector<delivery_path> paths; ///< in the order of the plan
  bool complete = true;             ///< false: there are more than were looked at
};

/// Paths that are looked for; an application of many diamonds has more than anybody reads.
inline constexpr std::size_t most_delivery_paths = 64;

/// Every way of a record under the configuration: its weakest links by name, and what commits cost in time. Streamlets
/// are worth what `delivery` says; an ingress that cannot seek, and a sink that is neither transactional nor
/// idempotent, are worth at-least-once (DESIGN §5). `configuration` is in the plan's order; empty: defaults.
[[nodiscard]] delivery_paths find_delivery_paths(const verified_blueprint& plan,
                                                 const std::vector<streamlet_config>& configuration);

/// What the weakest path is worth; exactly-once if there is none.
[[nodiscard]] streamlet::delivery worth_of(const delivery_paths& all);

/// Per path its stations, what it is worth with the weakest links, and what commits cost:
///     ingress -> process -> egress
///       at-least-once, weakest: egress.in (its sink may repeat)
///       commits add up to 100 ms
/// Each line begins with `indent`; of more than `most` paths the rest is counted.
[[nodiscard]] std::string text_of(const delivery_paths& all, std::string_view indent = {},
                                  std::size_t most = most_delivery_paths);

} // namespace cloudflow::blueprint
