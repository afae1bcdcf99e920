#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/schema/avro_schema.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::schema {

/// Appends the binary form of a JSON text: what stands at the edge, where people and programs without Avro write
/// records. Takes Avro's JSON encoding, and beside it
///   - a union's value without its branch's name, where exactly one branch can be meant by that kind of JSON:
///     `"a"` for `["null", "string"]`; the form with the name, `{"string": "a"}`, is tried first;
///   - a record without a field that has a default, which is then the value.
/// Unknown fields are refused, and all of `parse_json`'s limits hold. On an error `out` is as before.
/// Errors: CF-S01 (no JSON), CF-S30 (no value of the schema), with place.
/// Source: Avro 1.12, "JSON Encoding".
CLOUDFLOW_API expected<void, diagnostic> json_to_binary(const avro_schema& schema, std::string_view text, bytes& out,
                                                        std::string source = "body");

/// Rows of text to records: CSV with a header. Cells are text, numbers, true, false, symbols; an empty cell is null
/// where a union has null, else the empty string, else an error. Immutable after construction.
class CLOUDFLOW_API row_encoder {
  avro_schema schema_;
  std::vector<int> cell_of_field_; ///< -1: the default

  row_encoder(avro_schema schema, std::vector<int> cells)
      : schema_(std::move(schema))
      , cell_of_field_(std::move(cells)) {}

public:
  /// `columns` names fields, in any order; fields with a default may be missing. Errors: `invalid_argument` with the
  /// name of the column or field, `unsupported` for a record that holds arrays, maps or records.
  static result<row_encoder> of(const avro_schema& schema, std::span<const std::string> columns);
  /// Appends the binary form of one row. On an error `out` is as before. Errors: `invalid_argument` with the column.
  result<void> encode(std::span<const std::string> cells, bytes& out) const;
  [[nodiscard]] std::size_t columns() const;
};

} // namespace cloudflow::schema
