#pragma once

#include "cloudflow/base/expected.hpp"
#include "cloudflow/base/origin.hpp"
#include "cloudflow/config/text_reader.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace cloudflow::blueprint::internal {

/// A file that a blueprint or a configuration names.
struct named_file {
  std::filesystem::path path;
  origin where; ///< of the token that names it
};

/// A relative path stands beside the text that names it; on the command line, where the user is.
named_file file_named(std::string_view path, const origin& where);

/// What the file holds, at most 1 MiB of text. Errors: why it cannot be read, a clause for a problem's "because".
expected<std::string, std::string> text_of(const named_file& file, const config::text_reader& reader);

} // namespace cloudflow::blueprint::internal
