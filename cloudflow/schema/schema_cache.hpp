#pragma once

#include "cloudflow/schema/avro_schema.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <vector>

namespace cloudflow::schema {

/// Writers' schemas by the fingerprint that records carry in the header `cf-schema`. Grows with the schemas that were
/// seen, up to 10,000; never forgets one. Thread-safe.
class CLOUDFLOW_API schema_cache {
  mutable std::mutex lock_;
  std::map<std::uint64_t, schema_definition> known_;

public:
  static constexpr std::size_t max_schemas = 10'000;

  /// Takes a schema under its own fingerprint. Errors: `conflict` if another schema has the same fingerprint,
  /// `limit_exceeded`.
  result<void> add(const schema_definition& schema);
  [[nodiscard]] std::optional<schema_definition> find(std::uint64_t crc64) const;
};

/// The header's eight bytes, little endian, as Avro's single-object encoding has them; and back.
CLOUDFLOW_API bytes fingerprint_bytes(std::uint64_t crc64);
CLOUDFLOW_API std::optional<std::uint64_t> fingerprint_of(bytes_view header);

} // namespace cloudflow::schema
