#pragma once

#include "cloudflow/schema/resolution.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cloudflow::schema {

struct generic_value;

/// A union's value: which branch, and what it holds (exactly one).
struct generic_choice {
  std::uint32_t branch = 0;
  std::vector<generic_value> value;
  friend bool operator==(const generic_choice& a, const generic_choice& b);
};

/// A map's entries in the order of the data: as many keys as values.
struct generic_map {
  std::vector<std::string> keys;
  std::vector<generic_value> values;
  friend bool operator==(const generic_map& a, const generic_map& b);
};

/// Any Avro value, for tools; its schema says what it means. An enum is the index of its symbol (int32), a record the
/// list of its fields, bytes and fixed are bytes. Records of applications never take this form.
struct generic_value {
  using list = std::vector<generic_value>;
  std::variant<std::monostate, bool, std::int32_t, std::int64_t, float, double, std::string, bytes, list, generic_map,
               generic_choice>
      value;
  friend bool operator==(const generic_value&, const generic_value&) = default;
};

inline bool operator==(const generic_choice& a, const generic_choice& b) {
  return a.branch == b.branch && a.value == b.value;
}
inline bool operator==(const generic_map& a, const generic_map& b) { return a.keys == b.keys && a.values == b.values; }

/// Reads one value of the schema; all bytes must be used. Errors: `corrupt`, with the byte where it went wrong.
CLOUDFLOW_API result<generic_value> decode_generic(const avro_schema& schema, bytes_view data);
/// Reads what the plan's writer wrote as a value of its reader. Errors also: `incompatible`.
CLOUDFLOW_API result<generic_value> decode_generic(const resolution_plan& plan, bytes_view data);

/// Appends the binary form. Errors: `invalid_argument` for a value that is not of the schema; `limit_exceeded` beyond
/// 64 nested records.
CLOUDFLOW_API result<void> encode_generic(const avro_schema& schema, const generic_value& value, bytes& out);

/// Avro's JSON encoding, on one line. Bytes are strings of characters up to U+00FF; a float that is no number is "NaN",
/// "Infinity" or "-Infinity". Source: Avro 1.12, "JSON Encoding".
CLOUDFLOW_API std::string to_json(const avro_schema& schema, const generic_value& value);
/// Errors: CF-S01, CF-S30 (the text is no value of the schema), with place.
CLOUDFLOW_API expected<generic_value, diagnostic> from_json(const avro_schema& schema, std::string_view text,
                                                            std::string source = "value");

} // namespace cloudflow::schema
