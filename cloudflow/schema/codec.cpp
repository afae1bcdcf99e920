#include "cloudflow/schema/codec.hpp"

namespace cloudflow::schema {

const schema_definition& codec<bytes>::definition() {
  static const schema_definition raw{"bytes", "bytes", "", {}};
  return raw;
}

result<codec<bytes>::decoder> codec<bytes>::decoder_for(const schema_definition& writer) {
  if (writer.format == "bytes") return decoder{};
  return user_error(errc::incompatible,
                    "a port of raw bytes cannot read " + writer.name + " of format " + writer.format);
}

} // namespace cloudflow::schema
