#include "cloudflow/schema/json.hpp"

#include <doctest/doctest.h>

using namespace cloudflow::schema;

namespace {
auto parse(std::string_view text) { return parse_json(text, std::make_shared<const std::string>("x.avsc")); }
std::string place_and_message(std::string_view text) {
  const auto parsed = parse(text);
  return parsed ? "fine" : parsed.error().where->text() + " " + parsed.error().message;
}
} // namespace

TEST_CASE("json keeps numbers as they were written and decodes strings") {
  const auto value = parse(R"( {"a": [1, -0.50, 1e3, true, null], "b\u00e9": "\ud83d\ude00\n"} )");
  REQUIRE(value);
  CHECK(to_text(*value) == "{\"a\":[1,-0.50,1e3,true,null],\"b\u00e9\":\"\U0001F600\\n\"}");
}

TEST_CASE("json says where a text stops being JSON") {
  CHECK(place_and_message("{\n  \"a\": 01}") == "x.avsc:2:9 a number does not begin with 0");
  CHECK(place_and_message("{\"\u00e9\": tru}") == "x.avsc:1:7 a value should be here");
  CHECK(place_and_message("[1,]") == "x.avsc:1:4 a value should be here, not ']'");
  CHECK(place_and_message("{\"a\":1 \"b\":2}") == "x.avsc:1:8 ',' or '}' should be here");
  CHECK(place_and_message("{\"a\":1,\"a\":2}") == "x.avsc:1:8 the key \"a\" stands twice in one object");
  CHECK(place_and_message("1 2") == "x.avsc:1:3 text after the end of the JSON document");
  CHECK(place_and_message("// x") == "x.avsc:1:1 JSON has no comments");
  CHECK(place_and_message("\"a") == "x.avsc:1:3 the string does not end");
  CHECK(place_and_message("") == "x.avsc:1:1 the JSON document ends where a value should be");
  CHECK(place_and_message("\"\xff\"") == "x.avsc:1:2 a byte that is not UTF-8");
  CHECK(place_and_message("\"\\ud800x\"").find("surrogate") != std::string::npos);
  CHECK(place_and_message("-") == "x.avsc:1:2 a digit should be here");
}

TEST_CASE("json refuses documents nested deeper than 64 levels") {
  CHECK(parse(std::string(64, '[') + std::string(64, ']')));
  CHECK(place_and_message(std::string(65, '[') + std::string(65, ']')) ==
        "x.avsc:1:65 the JSON document is nested deeper than 64 levels");
  CHECK_FALSE(parse(std::string(1'000'000, '[')));
}
