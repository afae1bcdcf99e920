#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/config/internal/token_cursor.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::config::detail {

/// `include "name"`, `include required(file("name"))` and so on.
struct include_statement {
  token keyword, name;
  std::string form; ///< "file(", "url(", "classpath(" or none
  bool required = false;
};

/// Reads what follows from the keyword on. Reports and gives up where that is no include.
include_statement read_include(token_cursor& in);

/// The files that an include may mean, in the order in which they are laid over one another.
struct include_candidates {
  std::filesystem::path folder;                              ///< all of them lie in it or below
  std::vector<std::pair<std::filesystem::path, bool>> files; ///< and whether it is JSON
};

/// Errors: CF-C07, the include is refused: an address, a class path, a place outside of the including file's folder.
expected<include_candidates, diagnostic> candidates_of(const include_statement& statement, const origin& where,
                                                       const std::string& including);

} // namespace cloudflow::config::detail
