#pragma once

#include "cloudflow/base/bytes.hpp"

#include <array>
#include <cstdint>

namespace cloudflow {

/// SHA-256. Source: FIPS 180-4.
CLOUDFLOW_API std::array<std::byte, 32> sha256(bytes_view data);

/// The Rabin fingerprint with which Avro names schemas. Source: Avro 1.12, "Schema Fingerprints" (CRC-64-AVRO).
CLOUDFLOW_API std::uint64_t crc64_avro(bytes_view data);

/// MurmurHash2 as Kafka's default partitioner computes it (seed 0x9747b28c, little endian, result as signed).
CLOUDFLOW_API std::int32_t murmur2(bytes_view data);

/// Kafka's partition for a key: the positive part of murmur2, modulo. Shape: partitions >= 1.
inline std::int32_t murmur2_partition(bytes_view key, std::int32_t partitions) {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

} // namespace cloudflow
