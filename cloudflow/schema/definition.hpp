#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

namespace cloudflow::schema {

/// The two names that a schema has by its content. Source: Avro 1.12, "Schema Fingerprints".
struct fingerprints {
  std::uint64_t crc64 = 0;            ///< CRC-64-AVRO of the parsing canonical form: header `cf-schema`
  std::array<std::byte, 32> sha256{}; ///< SHA-256 of the same
  friend bool operator==(const fingerprints&, const fingerprints&) = default;
};

/// What a port says about its records: plain data that stands in descriptors and in the log. Immutable by habit.
struct schema_definition {
  std::string name;   ///< full name of the root type: "acme.sensors.reading"
  std::string format; ///< "avro", "bytes"; codecs for further formats bring their own name
  std::string text;   ///< the schema as it was written; empty where the format has none
  fingerprints ids{}; ///< zero where the format has no schema
  friend bool operator==(const schema_definition&, const schema_definition&) = default;
};

} // namespace cloudflow::schema
