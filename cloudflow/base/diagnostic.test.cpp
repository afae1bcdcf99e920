#include "cloudflow/base/diagnostic.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;

namespace {
const diagnostic sample{"CF-B07",
                        "inlet metrics.in cannot read topic sensor-data",
                        origin::of("blueprint.conf", 14, 18, 12),
                        {{"written by", "sensor-data.out"}, {"because", "reader field 'unit' has no default"}},
                        "give 'unit' a default"};
}

TEST_CASE("a diagnostic prints as a compiler would") {
  const auto line = [](const origin&) { return std::optional<std::string>("    consumers = [metrics.in]"); };
  CHECK(render(sample, line) == "blueprint.conf:14:18: error CF-B07: inlet metrics.in cannot read topic sensor-data\n"
                                "        consumers = [metrics.in]\n"
                                "                     ^~~~~~~~~~~\n"
                                "  written by  sensor-data.out\n"
                                "  because     reader field 'unit' has no default\n"
                                "  try         give 'unit' a default\n");
}

TEST_CASE("the mark stands right after tabs and letters of several bytes") {
  diagnostic d{"CF-X", "m", origin::of("f", 1, 4, 1)};
  const auto line = [](const origin&) { return std::optional<std::string>("\t\xC3\xA9=x"); };
  CHECK(render(d, line) == "f:1:4: error CF-X: m\n    \t\xC3\xA9=x\n    \t  ^\n");
}

TEST_CASE("what cannot be shown does not reach the terminal") {
  diagnostic d{"CF-X", "key '\x1B[31m'", origin::of("f", 1, 3, 1), {{"because", "\xFF\ttab"}}};
  const auto line = [](const origin&) {
    return std::optional<std::string>("a\x1B"
                                      "b\xC2\x9B\xE2\x82"
                                      "c\xE2\x82\xAC");
  };
  const std::string gone = "\xEF\xBF\xBD";
  CHECK(render(d, line) == "f:1:3: error CF-X: key '" + gone + "[31m'\n    a" + gone + "b" + gone + gone + gone + gone +
                               "c\xE2\x82\xAC\n      ^\n  because  " + gone + "\ttab\n");
}

TEST_CASE("a diagnostic without a readable source has no excerpt") {
  CHECK(render({"CF-X", "m", origin::of("/no/such/file", 3, 1)}) == "/no/such/file:3:1: error CF-X: m\n");
}

TEST_CASE("a diagnostic is one JSON object") {
  CHECK(to_json({"CF-X", "m", origin::of("f", 1, 2, 3), {{"because", "b"}}, "h"}) ==
        R"({"code":"CF-X","severity":"error","message":"m","file":"f","line":1,"column":2,"length":3,)"
        R"("details":[{"label":"because","text":"b"}],"hint":"h"})");
}

TEST_CASE("problems are sorted by place and repeated ones are shown once") {
  std::vector<diagnostic> list = {
      {"B", "b", origin::of("f", 2)}, {"A", "a", origin::of("f", 1)}, {"B", "b", origin::of("f", 2)}};
  sort_and_unique(list);
  REQUIRE(list.size() == 2);
  CHECK(list[0].code == "A");
}
