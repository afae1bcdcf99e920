#include "cloudflow/schema/schema_cache.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

TEST_CASE("schema_cache finds a writer's schema by the header's bytes") {
  schema_cache cache;
  const auto schema = avro_schema::parse(R"("string")").value().definition();
  REQUIRE(cache.add(schema));
  REQUIRE(cache.add(schema)); // once more changes nothing
  const auto header = fingerprint_bytes(schema.ids.crc64);
  CHECK(cache.find(*fingerprint_of(header)) == schema);
  CHECK_FALSE(cache.find(schema.ids.crc64 + 1));
  CHECK_FALSE(fingerprint_of(as_bytes("short")));
}

TEST_CASE("schema_cache refuses another schema with the same 64-bit fingerprint") {
  schema_cache cache;
  auto schema = avro_schema::parse(R"("string")").value().definition();
  REQUIRE(cache.add(schema));
  schema.ids.sha256[0] ^= std::byte{1};
  CHECK(cache.add(schema).error().code == errc::conflict);
}
