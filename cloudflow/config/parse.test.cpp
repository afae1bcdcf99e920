#include "cloudflow/config/parse.hpp"

#include "cloudflow/config/render.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace cloudflow;
using namespace cloudflow::config;

namespace {

std::string json(std::string_view text) {
  auto parsed = parse_text(text, "test.conf");
  if (!parsed) return parsed.error().front().code + " " + parsed.error().front().message;
  return render_json(*parsed);
}

std::vector<diagnostic> problems(std::string_view text, std::string name = "test.conf") {
  auto parsed = parse_text(text, std::move(name));
  return parsed ? std::vector<diagnostic>{} : parsed.error();
}

parse_options with_files(std::map<std::string, std::string> files) {
  parse_options options;
  options.reader =
      [files = std::move(files)](const std::filesystem::path& file,
                                 const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    const auto found = files.find(file.generic_string());
    if (found == files.end()) return std::optional<std::string>{};
    return std::optional<std::string>(found->second);
  };
  return options;
}

} // namespace

TEST_CASE("A document needs no root braces, commas or quotes") {
  CHECK(json("a = 1\nb : x y\nc { d = [1\n2, 3,] }") == R"({"a":1,"b":"x y","c":{"d":[1,2,3]}})");
  CHECK(json("") == "{}");
  CHECK(json("\xEF\xBB\xBF{ \"a\" : true }\r\n# end\r\n// end") == R"({"a":true})");
}

TEST_CASE("Keys are paths unless quoted") {
  CHECK(json("a.b.c = 1, a.b.\"d.e\" = 2, 10.5 = x, a-b c = y") ==
        R"({"10":{"5":"x"},"a":{"b":{"c":1,"d.e":2}},"a-b c":"y"})");
}

TEST_CASE("A later member hides an earlier one, and objects merge") {
  CHECK(json("a { x = 1, y = 1 }\na { y = 2 }\na.z = 3") == R"({"a":{"x":1,"y":2,"z":3}})");
  CHECK(json("a { x = 1 }, a = 5, a { z = 3 }") == R"({"a":{"z":3}})");
}

TEST_CASE("Numbers keep their text when they become part of a string") {
  CHECK(json("a = 1.10 x, b = 007, c = 1e3") == R"({"a":"1.10 x","b":7,"c":1e3})");
}

TEST_CASE("Triple quotes keep newlines and take extra quotes at their end") {
  CHECK(json("a = \"\"\"x\n\\n\"y\"\"\"\"") == R"({"a":"x\n\\n\"y\""})");
}

TEST_CASE("Escapes of JSON work in quoted strings, surrogate pairs too") {
  CHECK(json(R"(a = "\u00e4\ud83d\ude00\t\/")") == "{\"a\":\"\xC3\xA4\xF0\x9F\x98\x80\\t/\"}");
}

TEST_CASE("A value knows its place in code points, and so does its key") {
  auto parsed = parse_text("ä = 1\n  \"ö.ü\" = abc", "test.conf");
  REQUIRE(parsed);
  const auto v = parsed->find("\"ö.ü\"");
  REQUIRE(v);
  CHECK(v->where().text() == "test.conf:2:11");
  CHECK(v->where().length == 3);
  const auto key = parsed->key_origin("ö.ü");
  REQUIRE(key);
  CHECK(key->text() == "test.conf:2:3");
  CHECK(key->length == 5);
}

TEST_CASE("A value knows what it hides, the nearest first") {
  auto parsed = parse_text("a = 1\na = 2\na = 3", "test.conf");
  REQUIRE(parsed);
  const auto hidden = parsed->find("a")->shadowed();
  REQUIRE(hidden.size() == 2);
  CHECK(hidden[0].text() == "2");
  CHECK(hidden[1].where().line == 1);
}

TEST_CASE("Every line with a syntax error is reported, not only the first") {
  const auto all = problems("a = [1, }\nb = \"open\nc = 1\n e = ^\nd 5");
  REQUIRE(all.size() == 4);
  CHECK(all[0].where->line == 1);
  CHECK(all[1].where->line == 2);
  CHECK(all[2].code == "CF-C03");
  CHECK(all[3].where->line == 5);
}

TEST_CASE("A syntax error points at its token") {
  struct row {
    const char* text;
    const char* code;
    unsigned line, column;
  };
  for (const auto& [text, code, line, column] : {
           row{"a = {\n b = 1\n", "CF-C01", 3, 1},
           row{"a = 1 }", "CF-C01", 1, 7},
           row{"a = \"x", "CF-C02", 1, 5},
           row{"a = \"x\\q\"", "CF-C02", 1, 7},
           row{"a = 1\nb = @x", "CF-C03", 2, 5},
           row{"a..b = 1", "CF-C04", 1, 1},
           row{"a = ${}", "CF-C04", 1, 5},
           row{"a = ${b", "CF-C04", 1, 5},
           row{"a = \"\xFF\"", "CF-C05", 1, 6},
           row{"a = foo [1]", "CF-C10", 1, 9},
           row{"[1]", "CF-C17", 1, 1},
           row{"a = [ { b += 1 } ]", "CF-C21", 1, 11},
           row{"= 1", "CF-C01", 1, 1},
           row{"a = ,", "CF-C01", 1, 5},
           row{"a = [1,,2]", "CF-C01", 1, 8},
       }) {
    CAPTURE(text);
    const auto all = problems(text);
    REQUIRE(!all.empty());
    CHECK(all[0].code == code);
    REQUIRE(all[0].where);
    CHECK(all[0].where->line == line);
    CHECK(all[0].where->column == column);
  }
}

TEST_CASE("JSON is read strictly") {
  for (const auto* text : {"{\"a\":1,}", "{a:1}", "{\"a\":1 \"b\":2}", "[1,]", "{\"a\":1,\"a\":2}", "{\"a\":x}", "",
                           "{\"a\":1}#", "{\"a\":${b}}", "{\"a\" {}}", "{\"a\"=1}", "1 2"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_json(text, "x.json"));
  }
  auto parsed = parse_json("[{\"a.b\":1e400},\n null, true, 12345678901234567890]", "x.json");
  REQUIRE(parsed);
  CHECK(render_json(*parsed) == R"([{"a.b":1e400},null,true,12345678901234567890])");
}

TEST_CASE("Nesting deeper than 256 levels is a problem, however it is written") {
  const auto deep = [](std::string_view open, int n) {
    std::string text = "a = ";
    for (int i = 0; i < n; ++i) text += open;
    return text;
  };
  CHECK(problems(deep("[", 60'000)).front().code == "CF-C06");
  CHECK(problems(deep("{a=", 20'000)).front().code == "CF-C06");
  std::string keys = "a";
  for (int i = 0; i < 30'000; ++i) keys += ".a";
  CHECK(problems(keys + " = 1").front().code == "CF-C06");
  CHECK(problems(deep("${", 30'000)).front().code == "CF-C04");
  CHECK(problems(deep("[", 250) + std::string(250, ']')).empty());
}

TEST_CASE("An include puts a file's members where it stands") {
  const auto options = with_files({{"conf/b.conf", "x = 1, y = ${x}"}, {"conf/c.json", "{\"z\": 3}"}});
  auto parsed = parse_text("a { include \"b\" }\ninclude required(file( \"c.json\" ))\ninclude \"missing\"",
                           "conf/a.conf", options);
  REQUIRE(parsed);
  CHECK(render_json(*parsed) == R"({"a":{"x":1,"y":"${a.x}"},"z":3})");
  CHECK(parsed->find("a.x")->where().text() == "conf/b.conf:1:5");
}

TEST_CASE("An include that may not be is refused with its reason") {
  struct row {
    const char* text;
    const char* code;
  };
  const auto options = with_files({{"conf/self.conf", "include \"self\""}, {"secret.conf", "a = 1"}});
  for (const auto& [text, code] : {
           row{"include url(\"http://x/y\")", "CF-C07"},
           row{"include \"https://x/y.conf\"", "CF-C07"},
           row{"include classpath(\"x\")", "CF-C07"},
           row{"include \"../secret\"", "CF-C07"},
           row{"include file(\"/secret.conf\")", "CF-C07"},
           row{"include \"x/../../secret.conf\"", "CF-C07"},
           row{"include required(\"missing\")", "CF-C08"},
           row{"include \"self\"", "CF-C09"},
           row{"include missing", "CF-C01"},
           row{"include file(\"x\"", "CF-C01"},
       }) {
    CAPTURE(text);
    auto parsed = parse_text(text, "conf/a.conf", options);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().front().code == code);
    CHECK(parsed.error().front().where.has_value());
  }
}

TEST_CASE("A command line's key=value is HOCON, or a string if it is not") {
  CHECK(render_json(*parse_override("a.\"b.c\"=[1, 2]")) == R"({"a":{"b.c":[1,2]}})");
  CHECK(render_json(*parse_override("a=5 s")) == R"({"a":"5 s"})");
  CHECK(render_json(*parse_override("a=http://x:1/?y=z")) == R"({"a":"http://x:1/?y=z"})");
  CHECK(render_json(*parse_override("a=")) == R"({"a":""})");
  CHECK(parse_override("a=5")->find("a")->where().name() == "command line");
  CHECK(parse_override("a").error().code == "CF-C20");
  CHECK(parse_override("a..b=1").error().code == "CF-C20");
}

TEST_CASE("A missing file is a problem with its path") {
  auto parsed = parse_file("does/not/exist.conf");
  REQUIRE_FALSE(parsed);
  CHECK(parsed.error().front().code == "CF-C19");
}

TEST_CASE("Values that cannot be joined and misplaced '+=' do not hide what is wrong behind them") {
  for (const auto* text : {"a = [x {b=1}\n]\nc = ]", "a = [{ b += 1 }]\nc = ]"}) {
    CAPTURE(text);
    const auto parsed = parse_text(text, "test.conf");
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().size() == 2);
    CHECK(parsed.error().back().code == "CF-C01");
  }
}
