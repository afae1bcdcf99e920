#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/schema_file.hpp"
#include "cloudflow/schema/resolution.hpp"
#include "cloudflow/schema/schema_cache.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct schema_options {
  std::string file;
  std::string writer;
  std::string reader;
  std::string output;
};

std::string crc_text(std::uint64_t crc) {
  auto wire = schema::fingerprint_bytes(crc);
  return to_hex(bytes(wire.rbegin(), wire.rend()));
}

exit_status print_fingerprint(const schema_options& given, shell& sh) {
  const auto read = read_schema(given.file, sh);
  if (!read) return read.error();
  const auto& ids = read->ids();
  const auto header = to_hex(schema::fingerprint_bytes(ids.crc64));
  const auto sha = to_hex(ids.sha256);
  if (given.output == "text")
    return print(sh,
                 "CRC-64-AVRO  " + crc_text(ids.crc64) + "\nSHA-256      " + sha + "\ncf-schema    " + header + "\n");
  json_writer json(2);
  json.begin_object().member("name", schema::describe(read->root())).member("crc64", crc_text(ids.crc64));
  json.member("sha256", sha).member("cf-schema", header).end_object();
  return print(sh, std::move(json).text() + "\n");
}

exit_status check_schemas(const schema_options& given, shell& sh) {
  const auto writer = read_schema(given.writer, sh);
  const auto reader = read_schema(given.reader, sh);
  if (!writer) return writer.error();
  if (!reader) return reader.error();
  const auto done = schema::can_read(*reader, *writer);
  if (given.output == "json") {
    json_writer json(2);
    json.begin_object().member("compatible", done.has_value());
    json.member("writer", given.writer).member("reader", given.reader);
    if (!done)
      json.member("path", done.error().path).member("reason", done.error().reason).member("rule", done.error().clause);
    json.end_object();
    const auto status = print(sh, std::move(json).text() + "\n");
    return done ? status : exit_status::problems;
  }
  if (done) return print(sh, given.reader + " reads everything that " + given.writer + " writes\n");
  const auto& why = done.error();
  sh.err(given.reader + " cannot read what " + given.writer + " writes\n  at       " + why.path + "\n  because  " +
         why.reason + " (" + why.clause + ")\n");
  return exit_status::problems;
}

} // namespace

void add_schema_canonical(command& schema, shell& sh) {
  auto given = std::make_shared<schema_options>(); // owners: the command
  schema.add("canonical", "Schemas", "Print a schema's parsing canonical form, of which fingerprints are made")
      .needs("FILE", "An Avro schema; - is standard input", given->file)
      .example("schemas/reading.avsc", "On one line, without what does not matter to data")
      .runs([&sh, given] {
        const auto read = read_schema(given->file, sh);
        return read ? print(sh, read->canonical() + "\n") : read.error();
      });
}

void add_schema_fingerprint(command& schema, shell& sh) {
  auto given = std::make_shared<schema_options>(); // owners: the command
  schema.add("fingerprint", "Schemas", "Print a schema's fingerprints: CRC-64-AVRO, SHA-256, the header of records")
      .needs("FILE", "An Avro schema; - is standard input", given->file)
      .output(given->output)
      .example("schemas/reading.avsc", "`cf-schema` is the header's eight bytes, little endian")
      .runs([&sh, given] { return print_fingerprint(*given, sh); });
}

void add_schema_check(command& schema, shell& sh) {
  auto given = std::make_shared<schema_options>(); // owners: the command
  schema.add("check", "Schemas", "Can a reader's schema read everything that a writer's schema writes?")
      .needs_option("--writer", "FILE", "The schema that data is written with", given->writer)
      .needs_option("--reader", "FILE", "The schema that it is read with", given->reader)
      .output(given->output)
      .details("Exit status 3 if it cannot, with the place, the reason and the rule of the specification.")
      .example("--writer old.avsc --reader new.avsc", "May a new consumer be deployed before its producers?")
      .runs([&sh, given] { return check_schemas(*given, sh); });
}

} // namespace cloudflow::cli
