#pragma once

#include "cloudflow/base/problem_page.hpp"

#include <array>

namespace cloudflow::cli {

/// The problem codes of one room, and the source file that says what they mean.
struct room_catalog {
  std::string_view made_from;
  std::span<const problem_page> pages;
};

/// Of all rooms that make problems.
[[nodiscard]] std::array<room_catalog, 3> room_catalogs();

} // namespace cloudflow::cli
