#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/expected.hpp"
#include "cloudflow/blueprint/blueprint.hpp"
#include "cloudflow/config/resolve.hpp"
#include "cloudflow/config/value.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::blueprint {

/// Reads the section `blueprint` of a resolved document. Never fails: what is wrong with the form (an unknown key, a
/// number where a list belongs) lies in the result's `problems`, so that `verify` can report all there is at once.
[[nodiscard]] blueprint parse(const config::value& root);

/// Parses, resolves and reads a text; `name` stands in origins. Errors: those of the configuration language (CF-C...).
[[nodiscard]] expected<blueprint, std::vector<diagnostic>> parse_text(std::string_view text, std::string name,
                                                                      const config::environment& variables = {});
/// The same from a file, with its includes.
[[nodiscard]] expected<blueprint, std::vector<diagnostic>> parse_file(const std::filesystem::path& file,
                                                                      const config::environment& variables = {});

} // namespace cloudflow::blueprint
