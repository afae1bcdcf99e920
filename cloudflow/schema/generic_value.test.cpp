#include "cloudflow/schema/generic_value.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::schema;

namespace {

avro_schema parsed(std::string_view text) { return avro_schema::parse(text).value(); }

/// Why these bytes (hexadecimal) are no value of the schema.
std::string fault(std::string_view schema, std::string_view hex) {
  const auto value = decode_generic(parsed(schema), *from_hex(hex));
  return value ? "none" : value.error().message;
}

} // namespace

TEST_CASE("values go to bytes and JSON and back") {
  const auto schema = parsed(R"({"type":"record","name":"n.r","fields":[
    {"name":"a","type":"boolean"},{"name":"b","type":"bytes"},{"name":"c","type":{"type":"map","values":["null","float"]}},
    {"name":"d","type":{"type":"enum","name":"e","symbols":["X","Y"]}},{"name":"f","type":["null",{"type":"fixed","name":"q","size":2}]},
    {"name":"g","type":"double"},{"name":"h","type":"string"},{"name":"i","type":"long"}]})");
  const std::string json =
      R"({"a":true,"b":"\u0000ÿ","c":{"k":{"float":0.1},"l":null},"d":"Y","f":{"n.q":"ab"},"g":"NaN","h":"é\"","i":-9223372036854775808})";
  const auto value = from_json(schema, json);
  REQUIRE(value);
  bytes data;
  REQUIRE(encode_generic(schema, *value, data));
  const auto back = decode_generic(schema, data);
  REQUIRE(back);
  CHECK(to_json(schema, *back) == json);
}

TEST_CASE("bytes that are no value of the schema say why and where") {
  CHECK(fault(R"("int")", "") == "cannot decode int at byte 0: the bytes end inside a value");
  CHECK(fault(R"("int")", "80") == "cannot decode int at byte 0: the bytes end inside a value");
  CHECK(fault(R"("int")", "ffffffff7f").find("does not fit an int") != std::string::npos);
  CHECK(fault(R"("long")", "ffffffffffffffffff7f").find("longer than ten bytes") != std::string::npos);
  CHECK(fault(R"("long")", "ffffffffffffffffffff01").find("longer than ten bytes") != std::string::npos);
  CHECK(fault(R"("long")", "ffffffffffffffffff01") == "none");
  CHECK(fault(R"("int")", "0200") == "cannot decode int at byte 1: bytes are left after the end of the record");
  CHECK(fault(R"("boolean")", "02").find("neither 0 nor 1") != std::string::npos);
  CHECK(fault(R"("string")", "01").find("negative") != std::string::npos);
  CHECK(fault(R"("string")", "feffffffffffffffff01").find("beyond the bytes left") != std::string::npos);
  CHECK(fault(R"(["null","int"])", "04").find("no branch") != std::string::npos);
  CHECK(fault(R"({"type":"enum","name":"e","symbols":["A"]})", "02").find("no symbol") != std::string::npos);
  CHECK(fault(R"({"type":"array","items":"int"})", "feffffffff1f").find("beyond the bytes left") != std::string::npos);
  CHECK(fault(R"({"type":"fixed","name":"f","size":2000000000})", "00").find("end inside") != std::string::npos);
}

TEST_CASE("blocks with sizes are read and skipped") {
  // a block of -2 items of 2 bytes, then the end
  CHECK(to_json(parsed(R"({"type":"array","items":"int"})"),
                *decode_generic(parsed(R"({"type":"array","items":"int"})"), *from_hex("030402040"
                                                                                       "0"))) == "[1,2]");
  const auto writer = parsed(
      R"({"type":"record","name":"r","fields":[{"name":"a","type":{"type":"array","items":"int"}},{"name":"b","type":"int"}]})");
  const auto reader = parsed(R"({"type":"record","name":"r","fields":[{"name":"b","type":"int"}]})");
  const auto plan = resolve(writer, reader).value();
  CHECK(to_json(reader, *decode_generic(*plan, *from_hex("03040204"
                                                         "00"
                                                         "08"))) == R"({"b":4})");
}

TEST_CASE("items without bytes are capped for the whole record") {
  CHECK(fault(R"({"type":"array","items":"null"})", "8089"
                                                    "7a"
                                                    "00") == "none"); // 1,000,000
  CHECK(fault(R"({"type":"array","items":"null"})", "fffffffff"
                                                    "f7f00")
            .find("million") != std::string::npos);
  CHECK(fault(R"({"type":"array","items":{"type":"array","items":"null"}})", "0480897a0080897a0000").find("million") !=
        std::string::npos);
  // records of records of nothing double at each level
  std::string types = R"({"type":"record","name":"t0","fields":[{"name":"x","type":"null"}]})";
  for (int i = 1; i < 40; ++i) {
    const auto inner = "\"t" + std::to_string(i - 1) + "\"";
    types = R"({"type":"record","name":"t)" + std::to_string(i) + R"(","fields":[{"name":"a","type":)" + types +
            R"(},{"name":"b","type":)" + inner + "}]}";
    if (i == 20) break;
  }
  CHECK(fault(types, "").find("million") != std::string::npos);
}

TEST_CASE("records nested deeper than 64 levels are refused") {
  const auto schema = R"({"type":"record","name":"r","fields":[{"name":"n","type":["null","r"]}]})";
  std::string hex;
  for (int i = 0; i < 63; ++i) hex += "02";
  CHECK(fault(schema, hex + "00") == "none");
  CHECK(fault(schema, hex + "0200").find("64 levels") != std::string::npos);
}

TEST_CASE("JSON that is no value of the schema says why and where") {
  const auto schema = parsed(R"({"type":"record","name":"r","fields":[{"name":"a","type":["null","int"]}]})");
  const auto why = [&](std::string_view json) {
    const auto value = from_json(schema, json, "v.json");
    return value ? "none" : value.error().where->text() + " " + value.error().message;
  };
  CHECK(why(R"({"a":null})") == "none");
  CHECK(why(R"({"a":1})") ==
        "v.json:1:6 a value of type [null, int] should be null or an object with one branch's name");
  CHECK(why(R"({"a":{"int":1.5}})") == "v.json:1:13 a value of type int should be a whole number in its range");
  CHECK(why(R"({"a":null,"b":1})") == "v.json:1:11 a value of type record r should be an object of its fields");
  CHECK(why(R"({})") == "v.json:1:1 a value of type record r should be an object with field 'a'");
}

TEST_CASE("values that are not of the schema are not encoded") {
  bytes out;
  CHECK(encode_generic(parsed("\"int\""), {std::string("x")}, out).error().message == "the value is not of type int");
  CHECK_FALSE(encode_generic(parsed(R"({"type":"enum","name":"e","symbols":["A"]})"), {std::int32_t{1}}, out));
}
