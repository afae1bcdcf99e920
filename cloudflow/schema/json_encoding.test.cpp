#include "cloudflow/schema/json_encoding.hpp"

#include "cloudflow/schema/generic_value.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

namespace {

avro_schema parsed(std::string_view text) {
  auto made = avro_schema::parse(text);
  REQUIRE(made);
  return std::move(*made);
}

const char* const everything = R"({"type":"record","name":"a.r","fields":[
  {"name":"b","type":"boolean"},{"name":"i","type":"int"},{"name":"l","type":"long"},{"name":"f","type":"float"},
  {"name":"d","type":"double"},{"name":"s","type":"string"},{"name":"y","type":"bytes"},
  {"name":"x","type":{"type":"fixed","name":"a.x","size":2}},{"name":"e","type":{"type":"enum","name":"a.e","symbols":["A","B"]}},
  {"name":"v","type":{"type":"array","items":"long"}},{"name":"m","type":{"type":"map","values":"string"}},
  {"name":"u","type":["null","string","a.x",{"type":"array","items":"int"}]}]})";

const char* const everything_json =
    R"({"b":true,"i":-1,"l":9007199254740993,"f":0.5,"d":"NaN","s":"a\u00e9\ud83d\ude00","y":"\u0000\u00ff","x":"ab","e":"B",)"
    R"("v":[1,2],"m":{"k":"v"},"u":{"a.x":"cd"}})";

// The JSON form of what the text became.
std::string back(const avro_schema& schema, std::string_view text) {
  bytes data;
  const auto done = json_to_binary(schema, text, data);
  if (!done) return done.error().message;
  const auto value = decode_generic(schema, data);
  return value ? to_json(schema, *value) : value.error().text();
}

} // namespace

TEST_CASE("JSON becomes the binary form that the generic value gives") {
  const auto schema = parsed(everything);
  bytes direct;
  REQUIRE(json_to_binary(schema, everything_json, direct));
  const auto value = from_json(schema, everything_json);
  REQUIRE(value);
  bytes generic;
  REQUIRE(encode_generic(schema, *value, generic));
  CHECK(direct == generic);
}

TEST_CASE("fields may stand in any order") {
  const auto schema = parsed(
      R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":"int"},{"name":"c","type":"int"}]})");
  for (const auto* text :
       {R"({"a":1,"b":2,"c":3})", R"({"c":3,"b":2,"a":1})", R"({"b":2,"a":1,"c":3})", R"({"a":1,"c":3,"b":2})"})
    CHECK(back(schema, text) == R"({"a":1,"b":2,"c":3})");
}

TEST_CASE("a union's value needs its branch's name only where several branches fit") {
  const auto optional = parsed(R"(["null","string"])");
  CHECK(back(optional, "null") == "null");
  CHECK(back(optional, R"("a")") == R"({"string":"a"})");
  CHECK(back(optional, R"({"string":"a"})") == R"({"string":"a"})");
  const auto several = parsed(R"(["null","int","double","string"])");
  CHECK(back(several, "true").find("should be one of its branches") != std::string::npos);
  CHECK(back(several, "1").find("because several fit") != std::string::npos);
  CHECK(back(several, R"({"double":1})") == R"({"double":1.0})");
  // The named form wins over a map that happens to have that key.
  const auto map = parsed(R"(["null",{"type":"map","values":"int"}])");
  CHECK(back(map, R"({"map":{"a":1}})") == R"({"map":{"a":1}})");
  CHECK(back(map, R"({"a":1})") == R"({"map":{"a":1}})");
}

TEST_CASE("a field with a default may be left out, another not, and an unknown one not be there") {
  const auto schema = parsed(
      R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"],"default":null},{"name":"c","type":"long","default":7}]})");
  CHECK(back(schema, R"({"a":1})") == R"({"a":1,"b":null,"c":7})");
  CHECK(back(schema, R"({"c":8,"a":1})") == R"({"a":1,"b":null,"c":8})");
  CHECK(back(schema, "{}") == "a value of type record r should be an object with field 'a'");
  bytes out;
  const auto unknown = json_to_binary(schema, "{\"a\":1,\n \"bb\":2}", out);
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().where->line == 2);
  CHECK(unknown.error().where->column == 2);
  CHECK(unknown.error().hint == "'bb' is none of: a, b, c");
}

TEST_CASE("what is no value of the schema is refused with its place, and nothing is written") {
  const auto schema = parsed(everything);
  const std::string good = everything_json;
  struct {
    const char* from;
    const char* to;
  } const cases[] = {{"\"b\":true", "\"b\":1"},
                     {"\"i\":-1", "\"i\":2147483648"},
                     {"\"i\":-1", "\"i\":1.0"},
                     {"\"l\":9007199254740993", "\"l\":9223372036854775808"},
                     {"\"f\":0.5", "\"f\":\"0.5\""},
                     {"\"d\":\"NaN\"", "\"d\":1e999"},
                     {"\"x\":\"ab\"", "\"x\":\"abc\""},
                     {"\"e\":\"B\"", "\"e\":\"C\""},
                     {"\"y\":\"\\u0000\\u00ff\"", "\"y\":\"\\u0100\""},
                     {"\"v\":[1,2]", "\"v\":{}"},
                     {"\"b\":true", "\"b\":true,\"b\":true"},
                     {"\"b\":true", "\"b\":tru"}};
  for (const auto& c : cases) {
    CAPTURE(c.to);
    auto text = good;
    text.replace(text.find(c.from), std::string_view(c.from).size(), c.to);
    bytes out = to_bytes("before");
    const auto done = json_to_binary(schema, text, out);
    REQUIRE_FALSE(done);
    CHECK(done.error().where.has_value());
    CHECK(as_text(out) == "before");
  }
}

TEST_CASE("deep JSON is refused") {
  const auto schema =
      parsed(R"({"type":"record","name":"r","fields":[{"name":"n","type":["null","r"],"default":null}]})");
  std::string text = "{}";
  for (int i = 0; i < 30; ++i) text = R"({"n":)" + text + "}";
  bytes out;
  CHECK(json_to_binary(schema, text, out));
  for (int i = 0; i < 100; ++i) text = R"({"n":)" + text + "}";
  CHECK_FALSE(json_to_binary(schema, text, out));
}

TEST_CASE("rows become records by their columns' names") {
  const auto schema = parsed(
      R"({"type":"record","name":"r","fields":[{"name":"s","type":"string"},{"name":"d","type":"double"},{"name":"o","type":["null","int"]},{"name":"k","type":"boolean","default":true}]})");
  const std::vector<std::string> columns{"o", "s", "d"};
  const auto rows = row_encoder::of(schema, columns);
  REQUIRE(rows);
  const auto encoded = [&](std::vector<std::string> cells) {
    bytes out;
    const auto done = rows->encode(cells, out);
    return done ? to_json(schema, *decode_generic(schema, out)) : done.error().message;
  };
  CHECK(encoded({"1", "a b", "-0.5"}) == R"({"s":"a b","d":-0.5,"o":{"int":1},"k":true})");
  CHECK(encoded({"", "", "1e3"}) == R"({"s":"","d":1000.0,"o":null,"k":true})");
  CHECK(encoded({"", "", ""}) == "the cell of column 'd' should be a value of type double");
  CHECK(encoded({"x", "", "1"}).find("column 'o'") != std::string::npos);
  CHECK(encoded({"1", "a"}) == "the row has 2 cells, the header 3");
}

TEST_CASE("columns that do not make the record are refused by name") {
  const auto schema = parsed(
      R"({"type":"record","name":"r","fields":[{"name":"s","type":"string"},{"name":"v","type":{"type":"array","items":"int"},"default":[]}]})");
  const auto why = [&](std::vector<std::string> columns) {
    const auto made = row_encoder::of(schema, columns);
    return made ? std::string() : made.error().message;
  };
  CHECK(why({"s"}).empty());
  CHECK(why({"x", "s"}) == "the column 'x' is no field of record r");
  CHECK(why({"s", "s"}) == "the column 's' stands twice");
  CHECK(why({}) == "there is no column for the field 's'");
  CHECK(why({"s", "v"}).find("fits into no cell") != std::string::npos);
}
