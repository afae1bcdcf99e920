#pragma once

#include "cloudflow/base/export.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cloudflow {

/// What a problem code means, at length: the text of docs/reference/problems/<code>.md and of `cloudflow explain`.
/// Each room that makes diagnostics has a catalog of these, one per code. Immutable.
struct problem_page {
  std::string_view code;
  std::string_view title;     ///< one line
  std::string_view meaning;   ///< what is wrong and why it matters
  std::string_view remedy;    ///< what to do
  std::string_view example{}; ///< the shortest text that has the problem; empty where no text shows it
};

/// nullptr if the catalog has no such code.
CLOUDFLOW_API const problem_page* find_page(std::span<const problem_page> catalog, std::string_view code);

/// The page as Markdown. `made_from` is the source file of its catalog.
CLOUDFLOW_API std::string render(const problem_page& page, std::string_view made_from);

/// The same for a terminal.
CLOUDFLOW_API std::string plain_text(const problem_page& page);

} // namespace cloudflow
