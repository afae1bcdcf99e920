#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cloudflow::blueprint {

/// What a problem code means, at length: the text of its page and of `--help` for it.
struct catalog_entry {
  std::string_view code;
  std::string_view title;   ///< one line
  std::string_view meaning; ///< what is wrong and why it matters
  std::string_view remedy;  ///< what to do
};

/// By code.
[[nodiscard]] std::span<const catalog_entry> problem_catalog();
/// nullptr if the code is none of this room's.
[[nodiscard]] const catalog_entry* find_problem(std::string_view code);
/// The page docs/reference/problems/<code>.md.
[[nodiscard]] std::string render_problem_page(const catalog_entry& entry);

} // namespace cloudflow::blueprint
