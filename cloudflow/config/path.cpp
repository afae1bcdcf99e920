#include "cloudflow/config/path.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/config/internal/lexer.hpp"

#include <algorithm>
#include <memory>

namespace cloudflow::config {

expected<path, diagnostic> parse_path(std::string_view expression) {
  const auto list = detail::tokenize(expression, std::make_shared<const std::string>("path"), false);
  auto keys = list.problems.empty() ? detail::path_of(list.tokens.data(), list.tokens.data() + list.tokens.size() - 1)
                                    : unexpected<std::string>(list.problems.front().message);
  if (keys) return std::move(keys).value();
  return unexpected<diagnostic>(diagnostic{"CF-C04",
                                           "'" + std::string(expression) + "' is no path: " + keys.error(),
                                           std::nullopt,
                                           {},
                                           "join keys with dots; put keys with other characters in double quotes"});
}

std::string render_path(const path& keys) {
  std::string out;
  for (const auto& key : keys) {
    if (!out.empty()) out += '.';
    const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    });
    out += plain ? key : json_quote(key);
  }
  return out;
}

} // namespace cloudflow::config
