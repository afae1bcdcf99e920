#pragma once

#include <span>
#include <string_view>

namespace cloudflow::cli {

/// A file below templates/, as it was when the program was built.
struct template_file {
  std::string_view name; ///< its path in a project, without the dot of hidden ones: "schemas/reading.avsc"
  std::string_view text; ///< with @words@ for `new` to fill in
};

[[nodiscard]] std::span<const template_file> project_templates();

} // namespace cloudflow::cli
