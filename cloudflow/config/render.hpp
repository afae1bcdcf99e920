#pragma once

#include "cloudflow/config/value.hpp"

namespace cloudflow::config {

struct render_options {
  int indent = 0; ///< spaces a level; 0 = one line
  bool mask_secrets = false;
};

/// JSON with members in a fixed order (numeric keys by number, then others by bytes), so equal values give equal text.
/// Needs a resolved value; what is not is written as the string of its expression.
CLOUDFLOW_API std::string render_json(const value& v, const render_options& options = {});

/// JSON for people: two spaces a level.
CLOUDFLOW_API std::string render_pretty(const value& v);

/// As `render_pretty`, with secrets as "***". For everything that is printed.
CLOUDFLOW_API std::string render_masked(const value& v);

/// True for keys that end in password, secret, token, key or jaas.config, in any case. A dotted key counts by its whole
/// path (`sasl.jaas.config`, also when written as nested objects).
CLOUDFLOW_API bool is_secret_key(std::string_view key);

/// A line of configuration that may not even parse, as it may be shown: what follows a secret's key and its separator
/// is "***".
CLOUDFLOW_API std::string mask_line(std::string line);

} // namespace cloudflow::config
