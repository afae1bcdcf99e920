// Any bytes as a schema and a JSON text (split at an 0xff byte, which neither holds): what is taken as JSON keeps the
// limits of the edge and reads back as written; what is taken as a record of the schema decodes, and its Avro JSON
// encoding gives the same bytes again.
#include "cloudflow/base/assert.hpp"
#include "cloudflow/schema/generic_value.hpp"
#include "cloudflow/schema/json.hpp"
#include "cloudflow/schema/json_encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>

namespace {

using namespace cloudflow;

constexpr std::size_t deepest = 64;

void within_limits(const schema::json_value& value, std::size_t depth) {
  CLOUDFLOW_ASSERT(depth <= deepest, "nesting is bounded");
  std::set<std::string_view> keys;
  for (const auto& key : value.keys) CLOUDFLOW_ASSERT(keys.insert(key.text).second, "keys are refused if they repeat");
  const bool nests = value.is(schema::json_value::kind::array) || value.is(schema::json_value::kind::object);
  for (const auto& item : value.items) within_limits(item, depth + (nests ? 1 : 0));
}

void as_json(std::string_view text) {
  const auto source = std::make_shared<const std::string>("fuzz");
  const auto value = schema::parse_json(text, source);
  if (!value) {
    CLOUDFLOW_ASSERT(!value.error().message.empty() && value.error().where, "a refusal says why and where");
    return;
  }
  within_limits(*value, 0);
  const auto written = schema::to_text(*value);
  const auto again = schema::parse_json(written, source);
  CLOUDFLOW_ASSERT(again && schema::to_text(*again) == written, "JSON that was written reads back as what was written");
}

void as_record(const schema::avro_schema& type, std::string_view text) {
  const bytes before(3, std::byte{7});
  bytes out = before;
  if (!schema::json_to_binary(type, text, out)) {
    CLOUDFLOW_ASSERT(out == before, "a text that is refused leaves no bytes");
    return;
  }
  CLOUDFLOW_ASSERT(std::equal(before.begin(), before.end(), out.begin()), "bytes are appended");
  const auto data = bytes_view(out).subspan(before.size());
  const auto value = schema::decode_generic(type, data);
  if (!value) {
    CLOUDFLOW_ASSERT(value.error().code == errc::limit_exceeded, "what is accepted decodes");
    return;
  }
  if (data.size() > 65536) return; // defaults can make much of little
  bytes again;
  const auto repeated = schema::json_to_binary(type, schema::to_json(type, *value), again);
  CLOUDFLOW_ASSERT(repeated && std::equal(again.begin(), again.end(), data.begin(), data.end()),
                   "the JSON encoding of a record gives its bytes again");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* input, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(input), size);
  const auto split = all.find('\xff');
  const auto text = split == std::string_view::npos ? all : all.substr(split + 1);
  as_json(text);
  if (split == std::string_view::npos) return 0;
  if (const auto type = schema::avro_schema::parse(all.substr(0, split))) as_record(*type, text);
  return 0;
}
