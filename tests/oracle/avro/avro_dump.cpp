// Answers the oracles' questions, a line each: writer's schema, reader's schema, value (Avro's JSON), joined by tabs.
// The answer: canonical form, CRC-64-AVRO, SHA-256 of the writer; the value's bytes; can the reader read every value;
// the value as the reader's bytes ("!reason" where it cannot be read).
#include "cloudflow/schema/generic_value.hpp"
#include "cloudflow/schema/schema_cache.hpp"

#include <iostream>

namespace {

using namespace cloudflow;
using namespace cloudflow::schema;

std::string answer(const std::string& line) {
  const auto first = line.find('\t');
  const auto second = line.find('\t', first + 1);
  if (second == std::string::npos) return "!a line has three parts";
  const auto writer = avro_schema::parse(std::string_view(line).substr(0, first), "writer");
  if (!writer) return "!writer: " + as_error(writer.error()).text();
  const auto reader = avro_schema::parse(std::string_view(line).substr(first + 1, second - first - 1), "reader");
  if (!reader) return "!reader: " + as_error(reader.error()).text();
  std::string out = writer->canonical() + '\t' + to_hex(fingerprint_bytes(writer->ids().crc64)) + '\t' +
                    to_hex(writer->ids().sha256) + '\t';
  const auto value = from_json(*writer, std::string_view(line).substr(second + 1));
  if (!value) return out + "!value: " + render(value.error()) + "\t\t";
  bytes data;
  if (auto done = encode_generic(*writer, *value, data); !done) return out + "!" + done.error().text() + "\t\t";
  const auto all = can_read(*reader, *writer);
  out += to_hex(data) + '\t' + (all ? "yes" : "no " + all.error().text()) + '\t';
  const auto plan = resolve(*writer, *reader);
  if (!plan) return out + "!mismatch " + plan.error().text();
  const auto seen = decode_generic(**plan, data);
  if (!seen) return out + "!" + seen.error().text();
  bytes again;
  if (auto done = encode_generic(*reader, *seen, again); !done) return out + "!" + done.error().text();
  return out + to_hex(again);
}

} // namespace

int main() {
  std::ios::sync_with_stdio(false);
  for (std::string line; std::getline(std::cin, line);) std::cout << answer(line) << '\n';
  return 0;
}
