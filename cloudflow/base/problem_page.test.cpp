#include "cloudflow/base/problem_page.hpp"

#include <array>
#include <doctest/doctest.h>

using namespace cloudflow;

namespace {
constexpr std::array catalog = {
    problem_page{"CF-X01", "A title", "What is wrong.", "Mend `it`.", "a = \nb"},
    problem_page{"CF-X02", "Another", "Wrong, too.", "Mend it."},
};
} // namespace

TEST_CASE("a problem's page is found by its code alone") {
  REQUIRE(find_page(catalog, "CF-X02") != nullptr);
  CHECK(find_page(catalog, "CF-X02")->title == "Another");
  CHECK(find_page(catalog, "CF-X0") == nullptr);
  CHECK(find_page({}, "CF-X01") == nullptr);
}

TEST_CASE("a problem's page has meaning, example and remedy") {
  CHECK(render(catalog[0], "x.cpp") ==
        "# CF-X01: A title\n\n<!-- Made from x.cpp by scripts/gen_reference.py: do not edit. -->\n\nWhat is wrong.\n"
        "\n## Example\n\n```text\na = \nb\n```\n\n## What to do\n\nMend `it`.\n");
  CHECK(render(catalog[1], "x.cpp").find("Example") == std::string::npos);
  CHECK(plain_text(catalog[0]) ==
        "CF-X01: A title\n\nWhat is wrong.\n\nExample:\n  a = \n  b\n\nWhat to do:\nMend `it`.\n");
}

TEST_CASE("a problem's page is broken into lines for a terminal") {
  const std::string words(30 * 5, 'w');
  std::string text;
  for (int i = 0; i < 60; ++i) text += "word ";
  const problem_page page{"CF-X03", "Long", text, words};
  for (auto rest = plain_text(page); !rest.empty();) {
    const auto line = rest.substr(0, rest.find('\n'));
    CHECK((line.size() <= 100 || line == words)); // a word is never broken
    rest = rest.substr(line.size() + 1);
  }
}
