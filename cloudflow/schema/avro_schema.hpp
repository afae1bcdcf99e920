#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/schema/definition.hpp"
#include "cloudflow/schema/json.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::schema {

enum class avro_kind : std::uint8_t {
  null,
  boolean,
  int32,
  int64,
  float32,
  float64,
  bytes,
  string,
  fixed,
  enumeration,
  record,
  array,
  map,
  choice ///< Avro's union
};

enum class logical_kind : std::uint8_t {
  none,
  decimal,
  uuid,
  date,
  time_millis,
  time_micros,
  timestamp_millis,
  timestamp_micros,
  timestamp_nanos,
  local_timestamp_millis,
  local_timestamp_micros,
  local_timestamp_nanos,
  duration
};

struct avro_type;

struct avro_field {
  std::string name;
  std::vector<std::string> aliases;
  std::string doc;
  std::string order = "ascending";
  const avro_type* type = nullptr;        ///< owned by the schema
  std::optional<json_value> default_json; ///< as it was written
  bytes default_bytes;                    ///< the default in binary form, where there is one
  origin where;
};

/// One node of a schema. Equal names are one node, so recursive schemas are cyclic graphs. Owned by its `avro_schema`.
struct avro_type {
  avro_kind kind = avro_kind::null;
  logical_kind logical = logical_kind::none;
  std::uint32_t precision = 0; ///< of decimal
  std::uint32_t scale = 0;
  std::uint64_t size = 0;           ///< of fixed
  std::uint64_t min_size = 0;       ///< the fewest bytes that a value takes
  std::uint32_t depth = 1;          ///< levels below and including this one, not going round a cycle
  bool recursive = false;           ///< of a record: can hold itself
  std::string name;                 ///< full name of a named type
  std::vector<std::string> aliases; ///< full names
  std::string doc;
  std::vector<std::string> symbols;
  std::optional<std::uint32_t> default_symbol;
  std::vector<avro_field> fields;
  std::vector<const avro_type*> branches; ///< of a union
  const avro_type* item = nullptr;        ///< of an array or a map: what it holds
  origin where;

  [[nodiscard]] bool named() const {
    return kind == avro_kind::record || kind == avro_kind::enumeration || kind == avro_kind::fixed;
  }
  /// The part of the name after the last dot.
  [[nodiscard]] std::string_view short_name() const;
  /// The part before it; may be empty.
  [[nodiscard]] std::string_view space() const;
};

/// "long", "map", "record acme.reading": for messages.
CLOUDFLOW_API std::string describe(const avro_type& type);
/// "int", "array": the specification's word for the kind.
CLOUDFLOW_API std::string_view name_of(avro_kind kind);
CLOUDFLOW_API std::string_view name_of(logical_kind kind);

/// A parsed Avro schema. Immutable; copies share the nodes.
class CLOUDFLOW_API avro_schema {
public:
  struct model;

  /// Reads schema text. `source` is its name in messages (a path).
  /// Errors: CF-S01 (not JSON), CF-S02 to CF-S10, all that can be found at once, each with its place.
  /// Limits: JSON depth 64, type depth 64, 10,000 named types, decimal precision 1,000.
  /// Source: Avro 1.12, "Schema Declaration"; unknown or invalid logical types are ignored, as it says.
  static expected<avro_schema, std::vector<diagnostic>> parse(std::string_view text, std::string source = "schema");

  [[nodiscard]] const avro_type& root() const;
  /// Source: Avro 1.12, "Transforming into Parsing Canonical Form".
  [[nodiscard]] const std::string& canonical() const;
  [[nodiscard]] const fingerprints& ids() const;
  [[nodiscard]] const std::string& text() const;
  /// Named types in the order of their definition.
  [[nodiscard]] const std::vector<const avro_type*>& named_types() const;
  /// The schema as a port's definition.
  [[nodiscard]] schema_definition definition() const;

private:
  std::shared_ptr<const model> model_; // owners: this schema, its copies, plans made of it
  explicit avro_schema(std::shared_ptr<const model> built)
      : model_(std::move(built)) {}
};

/// The problems as one error: the first message, and how many more there are.
CLOUDFLOW_API error as_error(const std::vector<diagnostic>& problems);

} // namespace cloudflow::schema
