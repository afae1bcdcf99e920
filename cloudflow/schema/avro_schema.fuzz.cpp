// Any bytes as schema text: parsed or refused with places; what was parsed has a canonical form that means the same.
#include "cloudflow/schema/avro_schema.hpp"
#include "cloudflow/base/assert.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cloudflow;
  const auto schema = schema::avro_schema::parse({reinterpret_cast<const char*>(data), size}, "fuzz.avsc");
  if (!schema) {
    CLOUDFLOW_ASSERT(!schema.error().empty(), "a refusal has a reason");
    for (const auto& problem : schema.error()) {
      CLOUDFLOW_ASSERT(problem.where && problem.where->line > 0, "a problem has a place");
    }
    return 0;
  }
  const auto again = schema::avro_schema::parse(schema->canonical());
  CLOUDFLOW_ASSERT(again && again->canonical() == schema->canonical(), "the canonical form is its own canonical form");
  return 0;
}
