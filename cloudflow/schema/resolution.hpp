#pragma once

#include "cloudflow/schema/avro_schema.hpp"
#include "cloudflow/schema/plan.hpp"

#include <memory>
#include <string>

namespace cloudflow::schema {

/// Why a reader's schema cannot read what a writer's schema writes. Immutable value.
struct schema_mismatch {
  std::string path;   ///< in the reader's schema: "reading.position.unit", "[]" for items, "{}" for a map's values
  std::string reason; ///< one sentence, no full stop
  std::string clause; ///< where the rule stands: "Avro 1.12, Schema Resolution: records"

  [[nodiscard]] std::string text() const { return path + ": " + reason + " (" + clause + ")"; }
  friend bool operator==(const schema_mismatch&, const schema_mismatch&) = default;
};

/// Compiles how data of `writer` becomes values of `reader`. Fails only where no value could be read: a branch of a
/// writer's union or a symbol that the reader lacks becomes an error when such a value comes, as the specification
/// says. Source: Avro 1.12, "Schema Resolution"; a union of the reader takes the first branch that matches.
CLOUDFLOW_API expected<std::shared_ptr<const resolution_plan>, schema_mismatch> resolve(const avro_schema& writer,
                                                                                        const avro_schema& reader);

/// Can the reader read *every* value of the writer? What a blueprint is verified with.
CLOUDFLOW_API expected<void, schema_mismatch> can_read(const avro_schema& reader, const avro_schema& writer);
/// The same for ports; other formats than Avro must be equal.
CLOUDFLOW_API expected<void, schema_mismatch> can_read(const schema_definition& reader,
                                                       const schema_definition& writer);

} // namespace cloudflow::schema
