#include "cloudflow/config/value.hpp"

#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/render.hpp"
#include "cloudflow/config/resolve.hpp"
#include "cloudflow/config/usage.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::config;

namespace {

value parse(std::string_view text, std::string name = "test.conf") { return parse_text(text, std::move(name)).value(); }

} // namespace

TEST_CASE("with_fallback lets the upper value win and keeps the loser") {
  const auto upper = parse("a { x = 1 }", "upper.conf");
  const auto lower = parse("a { x = 2, y = 3 }, b = 4", "lower.conf");
  const auto both = upper.with_fallback(lower);
  CHECK(render_json(both) == R"({"a":{"x":1,"y":3},"b":4})");
  REQUIRE(both.find("a.x")->shadowed().size() == 1);
  CHECK(both.find("a.x")->shadowed()[0].where().name() == "lower.conf");
  CHECK(render_json(upper) == R"({"a":{"x":1}})");
  CHECK(render_json(lower) == R"({"a":{"x":2,"y":3},"b":4})");
}

TEST_CASE("Substitutions of merged files see the winner") {
  const auto both = parse("host = prod").with_fallback(parse("host = dev, url = \"http://\"${host}"));
  CHECK(render_json(*resolve(both)) == R"({"host":"prod","url":"http://prod"})");
}

TEST_CASE("with sets a value at a path and leaves the original alone") {
  const auto root = parse("a { b = 1, c = 2 }, d = 3");
  const auto changed = root.with({"a", "b"}, value::of(std::int64_t{9}, origin::of("x")));
  CHECK(render_json(changed) == R"({"a":{"b":9,"c":2},"d":3})");
  CHECK(render_json(changed.with({"d", "e"}, value())) == R"({"a":{"b":9,"c":2},"d":{"e":null}})");
  CHECK(render_json(changed.without({"a", "c"})) == R"({"a":{"b":9},"d":3})");
  CHECK(render_json(root) == R"({"a":{"b":1,"c":2},"d":3})");
}

TEST_CASE("Members come in the order in which their keys first appeared") {
  std::string keys;
  const auto root = parse("z = 1, a = 2, m = 3, a = 4");
  for (const auto& m : root.members()) keys += m.key;
  CHECK(keys == "zam");
}

TEST_CASE("Values are equal by content, not by order or place") {
  CHECK(parse("a = 1, b = [x]") == parse("b = [\"x\"]\na = 1.0"));
  CHECK_FALSE(parse("a = 1") == parse("a = \"1\""));
}

TEST_CASE("Rendered JSON is ordered, numeric keys by number") {
  CHECK(render_json(parse("b = 1, \"10\" = x, \"9\" = y, a = 2")) == R"({"9":"y","10":"x","a":2,"b":1})");
  CHECK(render_pretty(parse("a { b = [1] }")) == "{\n  \"a\": {\n    \"b\": [\n      1\n    ]\n  }\n}");
}

TEST_CASE("The masking renderer shows no secret, also behind dotted keys and in arrays") {
  const auto text = render_masked(parse("db.password = x1, Api-Key = [x2], sasl { jaas { config = x3 } }, "
                                        "token.count = 5, list = [{ client-secret = x4 }], user = me"));
  CHECK(text.find("x1") == std::string::npos);
  CHECK(text.find("x2") == std::string::npos);
  CHECK(text.find("x3") == std::string::npos);
  CHECK(text.find("x4") == std::string::npos);
  CHECK(text.find("me") != std::string::npos);
  CHECK(text.find('5') != std::string::npos);
}

TEST_CASE("Usage names the outermost members that nobody read") {
  const auto root = parse("a { b = 1, c { d = 2 } }\ne = 3");
  usage u;
  u.mark(*root.find("a.b"));
  const auto rest = u.unused(root);
  REQUIRE(rest.size() == 2);
  CHECK(render_path(rest[0].where) == "a.c");
  CHECK(render_path(rest[1].where) == "e");
  CHECK(rest[1].key_where.line == 2);
}

TEST_CASE("Paths render and read back") {
  for (const auto& keys : {path{"a", "b"}, path{"a.b", ""}, path{"\"", "x y", "ä"}, path{"1", "2"}}) {
    auto again = parse_path(render_path(keys));
    REQUIRE(again);
    CHECK(*again == keys);
  }
  for (const auto* bad : {"", ".", "a.", ".a", "a..b", "a{", "\"a", "${a}"}) CHECK_FALSE(parse_path(bad));
}
