#include "cloudflow/base/json_writer.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace cloudflow;

TEST_CASE("json_writer nests objects and arrays with commas where they belong") {
  json_writer json;
  json.begin_object().member("a", 1).key("b").begin_array().value("x").value(2.5).value(true).null().end_array();
  json.key("c").begin_object().end_object().end_object();
  CHECK(std::move(json).text() == R"({"a":1,"b":["x",2.5,true,null],"c":{}})");
}

TEST_CASE("json_writer indents when asked") {
  json_writer json(2);
  json.begin_object().member("a", 1).key("b").begin_array().end_array().end_object();
  CHECK(std::move(json).text() == "{\n  \"a\": 1,\n  \"b\": []\n}");
}

TEST_CASE("json_quote escapes controls and replaces what is not UTF-8") {
  CHECK(json_quote("a\"\\\n\x01") == "\"a\\\"\\\\\\n\\u0001\"");
  CHECK(json_quote("\xC3\xA9") == "\"\xC3\xA9\"");
  CHECK(json_quote("\xC3(") == "\"\xEF\xBF\xBD(\"");
  CHECK(json_quote("\xED\xA0\x80").size() == 2 + 3 * 3); // a surrogate is no character
}

TEST_CASE("shortest doubles read back equal and look like doubles") {
  CHECK(shortest(5.0) == "5.0");
  CHECK(shortest(0.1) == "0.1");
  CHECK(shortest(1e300) == "1e+300");
  CHECK(shortest(-0.0) == "-0.0");
  CHECK(shortest(std::numeric_limits<double>::infinity()) == "Infinity");
}
