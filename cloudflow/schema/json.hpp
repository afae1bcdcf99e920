#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/expected.hpp"
#include "cloudflow/base/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cloudflow::schema {

/// A JSON value that knows where it was written. Strict: RFC 8259, nesting of at most 64, duplicate keys refused.
/// Numbers keep their text, because Avro's rules depend on it (1 is an int, 1.0 is not). Immutable but for its builder.
struct json_value {
  enum class kind : std::uint8_t { null, boolean, number, string, array, object };

  kind type = kind::null;
  bool flag = false;
  std::uint32_t line = 0; ///< counts from 1
  std::uint32_t column = 0;
  std::uint32_t length = 0;      ///< of the token; 1 for arrays and objects
  std::string text;              ///< of a string (decoded) or a number (as written)
  std::vector<json_value> items; ///< of an array or an object
  std::vector<json_value> keys;  ///< of an object: strings with their places, one for each item

  [[nodiscard]] bool is(kind wanted) const { return type == wanted; }
  /// The member of that name, or nullptr.
  [[nodiscard]] CLOUDFLOW_API const json_value* find(std::string_view name) const;
  /// An object's values by their keys, where many are looked up.
  [[nodiscard]] std::unordered_map<std::string_view, const json_value*> index() const {
    std::unordered_map<std::string_view, const json_value*> out;
    for (std::size_t i = 0; i < items.size(); ++i) out.emplace(keys[i].text, &items[i]);
    return out;
  }
};

/// The place of a value in the text that is called `source`.
CLOUDFLOW_API origin place_of(const json_value& value, const std::shared_ptr<const std::string>& source);

/// Errors: CF-S01 with the place of the first character that is not JSON.
CLOUDFLOW_API expected<json_value, diagnostic> parse_json(std::string_view text,
                                                          const std::shared_ptr<const std::string>& source);

/// On one line, numbers as they were written.
CLOUDFLOW_API std::string to_text(const json_value& value);

} // namespace cloudflow::schema
