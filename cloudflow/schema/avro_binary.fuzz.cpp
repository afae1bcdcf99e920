// Any bytes as writer's schema, reader's schema and data (split at 0xff bytes, which no schema holds): what decodes by
// the plan encodes as a value of the reader and reads back equal.
#include "cloudflow/base/assert.hpp"
#include "cloudflow/schema/generic_value.hpp"

#include <algorithm>
#include <cstdint>

namespace {

using namespace cloudflow;

void round_trip(const schema::avro_schema& type, const schema::generic_value& value) {
  bytes data;
  // A plan may give deeper values than data may have: defaults nest as well.
  if (auto encoded = schema::encode_generic(type, value, data); !encoded) {
    CLOUDFLOW_ASSERT(encoded.error().code == errc::limit_exceeded, "a decoded value is of its schema");
    return;
  }
  const auto again = schema::decode_generic(type, data);
  if (!again) return; // a million items without bytes can come of defaults
  bytes repeated;
  (void)schema::encode_generic(type, *again, repeated);
  CLOUDFLOW_ASSERT(repeated == data, "bytes that were written read back as what was written");
  if (data.size() < 4096) (void)schema::to_json(type, value);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(input), size);
  const auto first = text.find('\xff');
  if (first == std::string_view::npos) return 0;
  const auto second = text.find('\xff', first + 1);
  if (second == std::string_view::npos) return 0;
  const auto writer = schema::avro_schema::parse(text.substr(0, first));
  if (!writer) return 0;
  const auto data = as_bytes(text.substr(second + 1));
  if (const auto value = schema::decode_generic(*writer, data)) round_trip(*writer, *value);
  const auto reader_text = text.substr(first + 1, second - first - 1);
  const auto reader = reader_text.empty() ? writer : schema::avro_schema::parse(reader_text);
  if (!reader) return 0;
  (void)schema::can_read(*reader, *writer);
  const auto plan = schema::resolve(*writer, *reader);
  if (!plan) return 0;
  if (const auto value = schema::decode_generic(**plan, data)) round_trip(*reader, *value);
  return 0;
}
