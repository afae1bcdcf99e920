#pragma once

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/blueprint/delivery_paths.hpp"

#include <string>
#include <string_view>

namespace cloudflow::cli {

/// A section "Delivery" for people; empty if nothing comes in and goes out.
[[nodiscard]] std::string delivery_text(const blueprint::delivery_paths& all,
                                        std::size_t most = blueprint::most_delivery_paths);

/// The same for programs, as a member `delivery`: an array of paths.
void write_delivery(json_writer& json, const blueprint::delivery_paths& all);

} // namespace cloudflow::cli
