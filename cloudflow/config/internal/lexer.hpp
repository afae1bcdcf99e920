#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/config/internal/token.hpp"
#include "cloudflow/config/path.hpp"

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::config::detail {

/// A text cut into tokens. The views point into the text and into `texts`.
struct token_list {
  std::vector<token> tokens; // the last one is `end`
  std::deque<std::string> texts;
  std::vector<std::shared_ptr<const path>> paths;
  std::vector<diagnostic> problems;
};

/// Cuts `text` into tokens; `json` knows no comments. Never fails: what is no token is a `problem` token.
token_list tokenize(std::string_view text, const std::shared_ptr<const std::string>& name, bool json);

} // namespace cloudflow::config::detail
