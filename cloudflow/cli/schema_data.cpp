#include "cloudflow/base/bytes.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/input.hpp"
#include "cloudflow/cli/schema_file.hpp"
#include "cloudflow/schema/generic_value.hpp"

#include <algorithm>
#include <memory>

namespace cloudflow::cli {

namespace {

struct data_options {
  std::string schema;
  std::string writer;
  std::string file;
  bool hex = false;
};

exit_status problem(shell& sh, const error& why) {
  complain(sh, why);
  return exit_status::problems;
}

result<schema::generic_value> read_value(const schema::avro_schema& reader, const schema::avro_schema* writer,
                                         bytes_view data) {
  if (writer == nullptr) return schema::decode_generic(reader, data);
  const auto plan = schema::resolve(*writer, reader);
  if (!plan) return user_error(errc::incompatible, "the schemas do not fit: " + plan.error().text());
  return schema::decode_generic(**plan, data);
}

exit_status decode(const data_options& given, shell& sh) {
  const auto reader = read_schema(given.schema, sh);
  if (!reader) return reader.error();
  std::optional<schema::avro_schema> writer;
  if (!given.writer.empty()) {
    auto read = read_schema(given.writer, sh);
    if (!read) return read.error();
    writer = std::move(*read);
  }
  auto text = read_input(given.file, sh);
  if (!text) return complain(sh, text.error());
  bytes data = to_bytes(*text);
  if (given.hex) {
    std::erase_if(*text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
    auto octets = from_hex(*text);
    if (!octets) return problem(sh, octets.error());
    data = std::move(*octets);
  }
  const auto value = read_value(*reader, writer ? &*writer : nullptr, data);
  if (!value) return problem(sh, value.error());
  return print(sh, schema::to_json(*reader, *value) + "\n");
}

exit_status encode(const data_options& given, shell& sh) {
  const auto schema = read_schema(given.schema, sh);
  if (!schema) return schema.error();
  const auto text = read_input(given.file, sh);
  if (!text) return complain(sh, text.error());
  const auto value = schema::from_json(*schema, *text, given.file == "-" ? "standard input" : given.file);
  if (!value) {
    print_problems({value.error()}, sh);
    return exit_status::problems;
  }
  bytes out;
  if (auto done = schema::encode_generic(*schema, *value, out); !done) return problem(sh, done.error());
  return given.hex ? print(sh, to_hex(out) + "\n") : print(sh, as_text(out));
}

} // namespace

void add_schema_decode(command& schema, shell& sh) {
  auto given = std::make_shared<data_options>(); // owners: the command
  given->file = "-";
  schema.add("decode", "Data", "Read one value in Avro's binary form, print it in Avro's JSON form")
      .needs_option("--schema", "FILE", "The schema to read with", given->schema)
      .takes("FILE", "The bytes; - or nothing: standard input", given->file)
      .option("--writer", "FILE", "The schema that it was written with, if that is another", given->writer)
      .flag("--hex", "The bytes are hexadecimal text", given->hex)
      .example("--schema reading.avsc record.bin", "One line of JSON")
      .example("--schema new.avsc --writer old.avsc --hex", "As a reader of the new schema sees old data")
      .runs([&sh, given] { return decode(*given, sh); });
}

void add_schema_encode(command& schema, shell& sh) {
  auto given = std::make_shared<data_options>(); // owners: the command
  given->file = "-";
  schema.add("encode", "Data", "Read one value in Avro's JSON form, write it in Avro's binary form")
      .needs_option("--schema", "FILE", "The schema to write with", given->schema)
      .takes("FILE", "The JSON; - or nothing: standard input", given->file)
      .flag("--hex", "Write the bytes as hexadecimal text", given->hex)
      .example("--schema reading.avsc reading.json > record.bin", "The body of a record")
      .runs([&sh, given] { return encode(*given, sh); });
}

} // namespace cloudflow::cli
