#include "cloudflow/config/problem_catalog.hpp"

#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/config/resolve.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <map>
#include <string>

using namespace cloudflow;
using namespace cloudflow::config;

namespace {

// Every file there is includes the one that asks for it.
text_reader circle() {
  return [](const std::filesystem::path&,
            const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    return std::optional<std::string>("include \"again.conf\"");
  };
}

std::string first_code(const std::vector<diagnostic>& problems) { return problems.front().code; }

// The code of the first problem of a document, parsed and resolved; "" if there is none.
std::string of_document(std::string_view text, const std::string& name = "example.conf",
                        text_reader reader = read_nothing()) {
  parse_options options;
  options.reader = std::move(reader);
  const auto parsed = parse_text(text, name, options);
  if (!parsed) return first_code(parsed.error());
  const auto resolved = resolve(*parsed);
  return resolved ? "" : first_code(resolved.error());
}

template <class Read> std::string of_reading(std::string_view text, Read read) {
  const auto parsed = parse_text(text, "example.conf");
  REQUIRE(parsed);
  const auto got = read(*parsed, "a");
  return got ? "" : got.error().code;
}

} // namespace

TEST_CASE("each code of configuration has a failing case") {
  using make = std::function<std::string(std::string_view)>;
  // Those that no document alone can show.
  const std::map<std::string_view, make> others = {
      {"CF-C05", [](auto) { return of_document("a = \"\xff\""); }},
      {"CF-C06", [](auto) { return of_document("a = " + std::string(300, '[') + std::string(300, ']')); }},
      {"CF-C08",
       [](auto text) {
         return of_document(text, "example.conf",
                            [](const auto&, const auto&) { return std::optional<std::string>(); });
       }},
      {"CF-C09", [](auto) { return of_document("include \"again.conf\"", "example.conf", circle()); }},
      {"CF-C13",
       [](auto) {
         std::string text = "a = [x]\n";
         for (int i = 0; i < 64; ++i) text += "a = ${a} ${a}\n";
         return of_document(text);
       }},
      {"CF-C14", [](auto text) { return of_reading(text, get_int); }},
      {"CF-C15", [](auto text) { return of_reading(text, get_int); }},
      {"CF-C16", [](auto text) { return of_reading(text, get_duration); }},
      {"CF-C18", [](auto text) { return of_document(text, "example.json"); }},
      {"CF-C19", [](auto) { return first_code(parse_file("no/such/file.conf").error()); }},
      {"CF-C20", [](auto text) { return parse_override(text).error().code; }},
  };
  for (const auto& page : problem_catalog()) {
    CAPTURE(page.code);
    const auto at = others.find(page.code);
    CHECK((at == others.end() ? of_document(page.example) : at->second(page.example)) == page.code);
  }
  for (const auto& [code, how] : others) CHECK(find_page(problem_catalog(), code) != nullptr);
}
