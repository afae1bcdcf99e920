#include "cloudflow/schema/avro_schema.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

namespace {

avro_schema parsed(std::string_view text) {
  auto schema = avro_schema::parse(text, "x.avsc");
  INFO(text);
  if (!schema) FAIL(as_error(schema.error()).text());
  return *schema;
}

/// "line:column code", one for each problem.
std::string problems(std::string_view text) {
  const auto schema = avro_schema::parse(text, "x.avsc");
  if (schema) return "none";
  std::string out;
  for (const auto& problem : schema.error()) {
    if (!out.empty()) out += ", ";
    out += std::to_string(problem.where->line) + ":" + std::to_string(problem.where->column) + " " + problem.code;
  }
  return out;
}

std::string record_of(std::string_view fields) {
  return R"({"type":"record","name":"r","fields":[)" + std::string(fields) + "]}";
}

} // namespace

TEST_CASE("canonical form keeps what decoding needs and full names") {
  CHECK(parsed(R"({"type":"int","doc":"x"})").canonical() == R"("int")");
  CHECK(parsed(R"([ "null", {"type":"array","items":{"type":"string","logicalType":"uuid"}} ])").canonical() ==
        R"(["null",{"type":"array","items":"string"}])");
  CHECK(
      parsed(R"({"fields":[{"type":{"size":1,"type":"fixed","name":"f"},"name":"a","default":"x","order":"ignore"},
                  {"name":"b","type":"f"},{"name":"c","type":["null","r"]}],
                  "name":"r","namespace":"n.m","type":"record","aliases":["q"]})")
          .canonical() ==
      R"({"name":"n.m.r","type":"record","fields":[{"name":"a","type":{"name":"n.m.f","type":"fixed","size":1}},{"name":"b","type":"n.m.f"},{"name":"c","type":["null","n.m.r"]}]})");
}

TEST_CASE("fingerprints are those of the specification's canonical form") {
  CHECK(parsed(R"("int")").ids().crc64 == 0x7275d51a3f395c8fULL);
  CHECK(parsed(R"({"type": "int"})").ids() == parsed(R"("int")").ids());
  CHECK(to_hex(parsed(R"("int")").ids().sha256) == "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45");
}

TEST_CASE("names take the namespace around them unless they have dots") {
  const auto schema = parsed(R"({"type":"record","name":"a.b.outer","fields":[
    {"name":"x","type":{"type":"enum","name":"e","symbols":["A"]}},
    {"name":"y","type":{"type":"fixed","name":"f","namespace":"c","size":2}},
    {"name":"z","type":{"type":"record","name":"g","namespace":"","fields":[{"name":"w","type":"a.b.e"}]}},
    {"name":"v","type":["e","c.f"]}]})");
  CHECK(schema.named_types()[1]->name == "a.b.e");
  CHECK(schema.named_types()[2]->name == "c.f");
  CHECK(schema.named_types()[3]->name == "g");
}

TEST_CASE("logical types that are unknown or do not fit are ignored") {
  const auto logical = [](std::string_view text) { return parsed(text).root().logical; };
  CHECK(logical(R"({"type":"long","logicalType":"timestamp-millis"})") == logical_kind::timestamp_millis);
  CHECK(logical(R"({"type":"long","logicalType":"local-timestamp-nanos"})") == logical_kind::local_timestamp_nanos);
  CHECK(logical(R"({"type":"int","logicalType":"timestamp-millis"})") == logical_kind::none);
  CHECK(logical(R"({"type":"int","logicalType":"shoe-size"})") == logical_kind::none);
  CHECK(logical(R"({"type":"int","logicalType":7})") == logical_kind::none);
  CHECK(logical(R"({"type":"bytes","logicalType":"decimal","precision":4,"scale":2})") == logical_kind::decimal);
  CHECK(logical(R"({"type":"bytes","logicalType":"decimal","precision":4,"scale":5})") == logical_kind::none);
  CHECK(logical(R"({"type":"bytes","logicalType":"decimal","precision":1001})") == logical_kind::none);
  CHECK(logical(R"({"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":4})") ==
        logical_kind::decimal);
  CHECK(logical(R"({"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":5})") == logical_kind::none);
  CHECK(logical(R"({"type":"fixed","name":"f","size":16,"logicalType":"uuid"})") == logical_kind::uuid);
  CHECK(logical(R"({"type":"fixed","name":"f","size":12,"logicalType":"duration"})") == logical_kind::duration);
}

TEST_CASE("a schema's problems are all found at once, each at its place") {
  CHECK(problems(R"({"type":"record","name":"r","fields":[
 {"name":"a","type":"strin"},
 {"name":"a b","type":"int"},
 {"name":"c"},
 {"name":"d","type":"int","order":"up"},
 {"name":"d","type":"int"}]})") == "2:21 CF-S03, 3:10 CF-S04, 4:2 CF-S02, 5:35 CF-S10, 6:10 CF-S06");
}

TEST_CASE("schemas that the specification forbids are refused") {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"7", "1:1 CF-S02"},
      {R"({"type":7})", "1:9 CF-S02"},
      {R"({"name":"x"})", "1:1 CF-S02"},
      {R"("nothing")", "1:1 CF-S03"},
      {R"({"type":"array"})", "1:1 CF-S02"},
      {R"({"type":"fixed","name":"f","size":-1})", "1:35 CF-S02"},
      {R"({"type":"fixed","name":"f","size":1.0})", "1:35 CF-S02"},
      {R"({"type":"enum","name":"e","symbols":["A","A"]})", "1:42 CF-S06"},
      {R"({"type":"enum","name":"e","symbols":["A"],"default":"B"})", "1:53 CF-S08"},
      {R"({"type":"enum","name":"e","symbols":["a-b"]})", "1:38 CF-S04"},
      {R"({"type":"record","name":"string","fields":[]})", "1:25 CF-S04"},
      {R"({"type":"record","name":"9","fields":[]})", "1:25 CF-S04"},
      {R"({"type":"record","name":"r","namespace":"a..b","fields":[]})", "1:41 CF-S04"},
      {R"(["int","int"])", "1:8 CF-S07"},
      {R"(["int",["null"]])", "1:8 CF-S07"},
      {R"([{"type":"array","items":"int"},{"type":"array","items":"long"}])", "1:33 CF-S07"},
      {R"([{"type":"fixed","name":"f","size":1},{"type":"fixed","name":"f","size":1}])", "1:62 CF-S05"},
  };
  for (const auto& [text, expected] : cases) {
    INFO(text);
    CHECK(problems(text) == expected);
  }
}

TEST_CASE("defaults are checked against their types") {
  const std::pair<std::string_view, bool> cases[] = {
      {R"("type":"int","default":1)", true},
      {R"("type":"int","default":1.0)", false},
      {R"("type":"int","default":2147483648)", false},
      {R"("type":"long","default":2147483648)", true},
      {R"("type":"double","default":1)", true},
      {R"("type":"double","default":"NaN")", false},
      {R"("type":"float","default":1e39)", false},
      {R"("type":"string","default":null)", false},
      {R"("type":"bytes","default":"\u00ff")", true},
      {R"("type":"bytes","default":"\u0100")", false},
      {R"("type":{"type":"fixed","name":"f","size":2},"default":"ab")", true},
      {R"("type":{"type":"fixed","name":"f","size":2},"default":"abc")", false},
      {R"("type":["null","int"],"default":null)", true},
      {R"("type":["null","int"],"default":3)", true},
      {R"("type":["null","int"],"default":"3")", false},
      {R"("type":{"type":"array","items":"int"},"default":[1,"x"])", false},
      {R"("type":{"type":"map","values":"int"},"default":{"a":1})", true},
      {R"("type":{"type":"record","name":"i","fields":[{"name":"x","type":"int"}]},"default":{})", false},
      {R"("type":{"type":"record","name":"i","fields":[{"name":"x","type":"int","default":1}]},"default":{})", true},
      {R"("type":{"type":"enum","name":"e","symbols":["A"]},"default":"B")", false},
  };
  for (const auto& [field, good] : cases) {
    INFO(field);
    const auto schema = avro_schema::parse(record_of(R"({"name":"f",)" + std::string(field) + "}"));
    CHECK(schema.has_value() == good);
    if (!schema) CHECK(schema.error().front().code == "CF-S08");
  }
}

TEST_CASE("a default that stands for itself without end is refused") {
  CHECK(problems(record_of(R"({"name":"self","type":"r","default":{}})")) == "1:75 CF-S08");
}

TEST_CASE("a default that doubles at each level is refused before it fills the memory") {
  std::string text = R"({"type":"record","name":"t0","fields":[{"name":"x","type":"int","default":1}]})";
  std::string types = text;
  for (int i = 1; i < 40; ++i) {
    const auto inner = "\"t" + std::to_string(i - 1) + "\"";
    types += R"(,{"type":"record","name":"t)" + std::to_string(i) + R"(","fields":[{"name":"a","type":)" + inner +
             R"(,"default":{}},{"name":"b","type":)" + inner + R"(,"default":{}}]})";
  }
  const auto schema = avro_schema::parse("[" + types + "]");
  REQUIRE_FALSE(schema);
  CHECK(schema.error().front().code == "CF-S08");
}

TEST_CASE("types nested deeper than 64 levels are refused, also by way of names") {
  std::string types = R"({"type":"record","name":"t0","fields":[]})";
  for (int i = 1; i < 70; ++i) {
    types += R"(,{"type":"record","name":"t)" + std::to_string(i) + R"(","fields":[{"name":"a","type":"t)" +
             std::to_string(i - 1) + "\"}]}";
  }
  const auto schema = avro_schema::parse("[" + types + "]");
  REQUIRE_FALSE(schema);
  CHECK(schema.error().front().code == "CF-S09");
}

TEST_CASE("more than 10,000 named types are refused") {
  std::string text = "[";
  for (int i = 0; i <= 10'000; ++i) {
    text += (i == 0 ? "" : ",") + std::string(R"({"type":"fixed","size":1,"name":"f)") + std::to_string(i) + "\"}";
  }
  const auto schema = avro_schema::parse(text + "]");
  REQUIRE_FALSE(schema);
  CHECK(schema.error().front().code == "CF-S09");
}

TEST_CASE("an unknown type is answered with the name that was meant") {
  const auto schema = avro_schema::parse(R"({"type":"arry","items":"int"})");
  REQUIRE_FALSE(schema);
  CHECK(schema.error().front().hint == "did you mean \"array\"?");
}
