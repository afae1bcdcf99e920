#include "cloudflow/schema/resolution.hpp"

#include "cloudflow/schema/generic_value.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

namespace {

avro_schema parsed(std::string_view text) {
  auto schema = avro_schema::parse(text);
  INFO(text);
  if (!schema) FAIL(as_error(schema.error()).text());
  return *schema;
}

/// The writer's value, given and answered as Avro's JSON, as the reader sees it; or the reason.
std::string read_as(std::string_view writer_text, std::string_view reader_text, std::string_view json) {
  const auto writer = parsed(writer_text);
  const auto reader = parsed(reader_text);
  const auto value = from_json(writer, json);
  if (!value) return "the value is wrong: " + value.error().message;
  bytes data;
  if (auto done = encode_generic(writer, *value, data); !done) return done.error().text();
  const auto plan = resolve(writer, reader);
  if (!plan) return "mismatch " + plan.error().path + ": " + plan.error().reason;
  const auto read = decode_generic(**plan, data);
  return read ? to_json(reader, *read) : "refused";
}

bool readable(std::string_view writer, std::string_view reader) {
  return can_read(parsed(reader), parsed(writer)).has_value();
}

std::string record_of(std::string_view fields, std::string_view name = "r") {
  return R"({"type":"record","name":")" + std::string(name) + R"(","fields":[)" + std::string(fields) + "]}";
}

} // namespace

TEST_CASE("resolution follows the specification's table") {
  struct row {
    std::string_view writer, reader, value, seen;
  };
  const row rows[] = {
      // promotions
      {R"("int")", R"("int")", "5", "5"},
      {R"("int")", R"("long")", "-5", "-5"},
      {R"("int")", R"("float")", "5", "5.0"},
      {R"("int")", R"("double")", "5", "5.0"},
      {R"("long")", R"("float")", "5", "5.0"},
      {R"("long")", R"("double")", "5", "5.0"},
      {R"("float")", R"("double")", "1.5", "1.5"},
      {R"("string")", R"("bytes")", R"("a")", R"("a")"},
      {R"("bytes")", R"("string")", R"("a")", R"("a")"},
      {R"("long")", R"("int")", "5", "mismatch int: a reader of int cannot read what is written as long"},
      {R"("double")", R"("float")", "5", "mismatch float: a reader of float cannot read what is written as double"},
      {R"("boolean")", R"("int")", "true", "mismatch int: a reader of int cannot read what is written as boolean"},
      {R"("null")", R"("null")", "null", "null"},
      // arrays and maps
      {R"({"type":"array","items":"int"})", R"({"type":"array","items":"double"})", "[1,2]", "[1.0,2.0]"},
      {R"({"type":"map","values":"int"})", R"({"type":"map","values":"long"})", R"({"a":1})", R"({"a":1})"},
      {R"({"type":"array","items":"int"})", R"({"type":"map","values":"int"})", "[]",
       "mismatch map: a reader of map cannot read what is written as array"},
      {R"({"type":"array","items":"string"})", R"({"type":"array","items":"int"})", "[]",
       "mismatch array[]: a reader of int cannot read what is written as string"},
      // enums
      {R"({"type":"enum","name":"e","symbols":["A","B"]})", R"({"type":"enum","name":"e","symbols":["B","A"]})",
       R"("A")", R"("A")"},
      {R"({"type":"enum","name":"e","symbols":["A","B"]})", R"({"type":"enum","name":"e","symbols":["B"]})", R"("A")",
       "refused"},
      {R"({"type":"enum","name":"e","symbols":["A","B"]})",
       R"({"type":"enum","name":"e","symbols":["B","C"],"default":"C"})", R"("A")", R"("C")"},
      {R"({"type":"enum","name":"n.e","symbols":["A"]})", R"({"type":"enum","name":"m.e","symbols":["A","B"]})",
       R"("A")", R"("A")"},
      {R"({"type":"enum","name":"n.e","symbols":["A"]})",
       R"({"type":"enum","name":"m.f","aliases":["n.e"],"symbols":["A","B"]})", R"("A")", R"("A")"},
      {R"({"type":"enum","name":"e","symbols":["A"]})", R"({"type":"enum","name":"f","symbols":["A"]})", R"("A")",
       "mismatch f: the reader's enum f and the writer's enum e have different names, and no alias of the reader's "
       "names "
       "the writer's"},
      // fixed
      {R"({"type":"fixed","name":"n.f","size":2})", R"({"type":"fixed","name":"m.f","size":2})", R"("ab")", R"("ab")"},
      {R"({"type":"fixed","name":"f","size":2})", R"({"type":"fixed","name":"f","size":3})", R"("ab")",
       "mismatch f: fixed f has 3 bytes, the writer's 2"},
      // unions
      {R"(["null","int"])", R"(["int","null"])", R"({"int":3})", R"({"int":3})"},
      {R"(["null","int"])", R"("long")", R"({"int":3})", "3"},
      {R"(["null","int"])", R"("long")", "null", "refused"},
      {R"("int")", R"(["null","double","long"])", "3", R"({"double":3.0})"},
      {R"("string")", R"(["null","int"])", R"("a")",
       "mismatch union: no branch of the reader's union [null, int] matches the writer's string"},
      {R"(["string","boolean"])", R"(["null","bytes"])", R"({"string":"a"})", R"({"bytes":"a"})"},
      {R"(["string","boolean"])", R"(["null","bytes"])", R"({"boolean":true})", "refused"},
      {R"(["string","boolean"])", R"("int")", R"({"boolean":true})",
       "mismatch int: a reader of int cannot read what is written as string"},
  };
  for (const auto& [writer, reader, value, seen] : rows) {
    INFO(writer, " as ", reader);
    CHECK(read_as(writer, reader, value) == seen);
  }
}

TEST_CASE("records are matched by field name, in any order, with skips and defaults") {
  const auto writer =
      record_of(R"({"name":"a","type":"int"},{"name":"gone","type":{"type":"array","items":["null","string"]}},
    {"name":"b","type":"string"})");
  CHECK(read_as(writer, record_of(R"({"name":"b","type":"string"},{"name":"a","type":"long"})"),
                R"({"a":1,"gone":[{"string":"x"},null],"b":"y"})") == R"({"b":"y","a":1})");
  CHECK(read_as(writer,
                record_of(
                    R"({"name":"new","type":["null","int"],"default":null},{"name":"c","aliases":["b"],"type":"bytes"},
    {"name":"list","type":{"type":"array","items":"int"},"default":[4,5]})"),
                R"({"a":1,"gone":[],"b":"y"})") == R"({"new":null,"c":"y","list":[4,5]})");
  CHECK(read_as(writer, record_of(R"({"name":"unit","type":"string"})"), R"({"a":1,"gone":[],"b":"y"})") ==
        "mismatch r.unit: reader field 'unit' has no default and the writer lacks it");
}

TEST_CASE("a mismatch deep inside names its path and the rule") {
  const auto writer = parsed(record_of(
      R"({"name":"points","type":{"type":"array","items":{"type":"record","name":"p","fields":[{"name":"x","type":"string"}]}}})"));
  const auto reader = parsed(record_of(
      R"({"name":"points","type":{"type":"array","items":{"type":"record","name":"p","fields":[{"name":"x","type":"int"}]}}})"));
  const auto answer = can_read(reader, writer);
  REQUIRE_FALSE(answer);
  CHECK(answer.error().text() ==
        "r.points[].x: a reader of int cannot read what is written as string (Avro 1.12, Schema "
        "Resolution: schemas must match)");
}

TEST_CASE("recursive records resolve into recursive plans") {
  const auto writer = record_of(R"({"name":"v","type":"int"},{"name":"next","type":["null","r"]})");
  const auto reader = record_of(
      R"({"name":"next","type":["null","r"]},{"name":"v","type":"double"},{"name":"w","type":"int","default":7})");
  CHECK(read_as(writer, reader, R"({"v":1,"next":{"r":{"v":2,"next":null}}})") ==
        R"({"next":{"r":{"next":null,"v":2.0,"w":7}},"v":1.0,"w":7})");
}

TEST_CASE("can_read wants every value to be readable, resolve only some") {
  CHECK(resolve(parsed(R"(["null","int"])"), parsed(R"("int")")));
  CHECK_FALSE(readable(R"(["null","int"])", R"("int")"));
  CHECK_FALSE(
      readable(R"({"type":"enum","name":"e","symbols":["A","B"]})", R"({"type":"enum","name":"e","symbols":["A"]})"));
  CHECK(readable(R"({"type":"enum","name":"e","symbols":["A"]})", R"({"type":"enum","name":"e","symbols":["A","B"]})"));
  CHECK(readable("\"int\"", "\"long\""));
  CHECK_FALSE(readable("\"long\"", "\"int\""));
}

TEST_CASE("can_read of definitions explains different formats") {
  const schema_definition raw{"bytes", "bytes", "", {}};
  const auto avro = parsed("\"int\"").definition();
  CHECK(can_read(raw, raw));
  CHECK(can_read(avro, avro));
  CHECK(can_read(raw, avro).error().reason == "the reader wants format bytes, the writer writes avro");
}

TEST_CASE("schemas that go round in different rhythms do not unfold without end") {
  const auto loop = [](int length) {
    std::string text;
    for (int i = 0; i < length; ++i) {
      text += R"({"type":"record","name":"r)" + std::to_string(i) +
              R"(","aliases":["r0","r1","r2","r3","r4","r5","r6"],"fields":[{"name":"n","type":["null",)";
    }
    text += "\"r0\"";
    for (int i = 0; i < length; ++i) text += "]}]}";
    return text;
  };
  const auto plan = resolve(parsed(loop(5)), parsed(loop(7)));
  CHECK((plan || !plan.error().reason.empty()));
}

TEST_CASE("records of many fields and enums of many symbols resolve without comparing each with each") {
  std::string up;
  std::string down;
  std::string symbols_up;
  std::string symbols_down;
  constexpr int count = 20'000;
  for (int i = 0; i < count; ++i) {
    const auto field = [](int n) { return R"({"name":"f)" + std::to_string(n) + R"(","type":"null"})"; };
    const auto symbol = [](int n) { return "\"S" + std::to_string(n) + "\""; };
    const std::string comma = i == 0 ? "" : ",";
    up += comma + field(i);
    down += comma + field(count - 1 - i);
    symbols_up += comma + symbol(i);
    symbols_down += comma + symbol(count - 1 - i);
  }
  CHECK(readable(record_of(up), record_of(down)));
  const auto symbols = [](const std::string& list) { return R"({"type":"enum","name":"e","symbols":[)" + list + "]}"; };
  CHECK(readable(symbols(symbols_up), symbols(symbols_down)));
}
