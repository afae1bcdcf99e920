#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/internal/test_module.hpp"
#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/config/parse.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

using namespace cloudflow;
using namespace cloudflow::blueprint;

namespace {

// A case is a file: sections "== name", the last of them "== problems" with one line per expected diagnostic.
struct test_case {
  std::string text_before_problems;
  std::map<std::string, std::string> sections;
  std::vector<std::string> files; // configuration files, in the order in which they are given
};

test_case read_case(const std::filesystem::path& file) {
  test_case out;
  std::ifstream in(file);
  std::string section;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("== ")) {
      section = line.substr(3);
      out.sections[section];
      if (section.starts_with("conf ")) out.files.push_back(section.substr(5));
    } else if (!section.empty()) {
      out.sections[section] += line + "\n";
    }
    if (section != "problems") out.text_before_problems += line + "\n";
  }
  return out;
}

// Files are sections, too: "== file NAME".
config::text_reader files_of(const test_case& c) {
  return [&c](const std::filesystem::path& path,
              const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    const auto at = c.sections.find("file " + path.filename().string());
    if (at == c.sections.end()) return std::optional<std::string>();
    return std::optional(at->second);
  };
}

config::parsed parse_section(const test_case& c, const std::string& text, const std::string& name) {
  config::parse_options options;
  options.reader = files_of(c);
  return config::parse_text(text, name, options);
}

std::string first_line(const diagnostic& d) {
  const char* level = d.level == severity::error ? "" : d.level == severity::note ? " note" : " warning";
  return d.code + level + " " + (d.where ? d.where->text() : "-") + " " + d.message;
}

std::vector<diagnostic> problems_of(const test_case& c) {
  const auto section = [&](const std::string& name) {
    const auto at = c.sections.find(name);
    return at == c.sections.end() ? std::string() : at->second;
  };
  const config::environment variables{{"REGION", "eu"}};
  auto given = internal::test_module_from(section("module"));
  auto root = parse_section(c, section("blueprint"), "blueprint.conf");
  if (!root) return root.error();
  auto resolved = config::resolve(*root, variables);
  if (!resolved) return resolved.error();
  given.options.reader = files_of(c);
  const auto verified = verify(parse(*resolved), given.module, given.options);
  if (!verified) return to_diagnostics(verified.error());
  if (c.files.empty() && !c.sections.contains("keys")) return verified->notes;

  config::value document = config::value::empty_object();
  std::vector<config_file> files;
  for (const auto& name : c.files) {
    auto parsed = parse_section(c, section("conf " + name), name);
    if (!parsed) return parsed.error();
    document = parsed->with_fallback(document);
    files.push_back({name, *parsed});
  }
  std::stringstream keys(section("keys"));
  for (std::string line; std::getline(keys, line);) {
    if (line.empty()) continue;
    auto parsed = config::parse_override(line);
    if (!parsed) return {parsed.error()};
    document = parsed->with_fallback(document);
  }
  auto merged = config::resolve(document, variables);
  if (!merged) return merged.error();
  const auto configured = configure(*verified, *merged, {.files = files, .reader = files_of(c)});
  if (!configured) return to_diagnostics(configured.error());
  return verified->notes;
}

std::vector<std::filesystem::path> case_files() {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(CLOUDFLOW_TEST_DATA "/cases"))
    if (entry.path().extension() == ".case") out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

template <std::size_t... I> std::set<std::string> all_codes(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, problem>::code)...};
}

} // namespace

TEST_CASE("each case has exactly the problems that it expects, each at its token") {
  // CLOUDFLOW_UPDATE_CASES=1 writes what is found; read the difference before it is committed.
  const bool update = std::getenv("CLOUDFLOW_UPDATE_CASES") != nullptr;
  const auto files = case_files();
  REQUIRE(files.size() > 20);
  for (const auto& file : files) {
    const auto c = read_case(file);
    std::string found;
    for (const auto& d : problems_of(c)) found += first_line(d) + "\n";
    CAPTURE(file.filename().string());
    if (update) {
      std::ofstream(file) << c.text_before_problems << "== problems\n" << found;
    } else {
      CHECK(found == c.sections.at("problems"));
    }
  }
}

TEST_CASE("each problem code has a failing case") {
  std::set<std::string> seen;
  std::size_t most_at_once = 0;
  for (const auto& file : case_files()) {
    std::set<std::string> here;
    std::stringstream lines(read_case(file).sections.at("problems"));
    for (std::string line; std::getline(lines, line);) here.insert(line.substr(0, line.find(' ')));
    seen.insert(here.begin(), here.end());
    most_at_once = std::max(most_at_once, here.size());
  }
  for (const auto& code : all_codes(std::make_index_sequence<std::variant_size_v<problem>>())) {
    CAPTURE(code);
    CHECK(seen.contains(code));
  }
  CHECK(most_at_once >= 12);
}

TEST_CASE("a problem prints with its line and is one JSON object") {
  const auto plan = parse_text("blueprint {\n  streamlets { a = acme.b }\n  connectoins { }\n}\n", "blueprint.conf");
  REQUIRE(plan);
  const auto verified = verify(*plan, internal::test_module_from("class acme.b native").module);
  REQUIRE_FALSE(verified);
  const auto problems = to_diagnostics(verified.error());
  REQUIRE(problems.size() == 1);
  const auto lines = [](const origin&) { return std::optional<std::string>("  connectoins { }"); };
  CHECK(render(problems[0], lines) == "blueprint.conf:3:3: error CF-B33: section 'blueprint' has no key 'connectoins'\n"
                                      "      connectoins { }\n"
                                      "      ^~~~~~~~~~~\n"
                                      "  try  did you mean 'connections'?\n");
  CHECK(
      to_json(problems[0]) ==
      R"({"code":"CF-B33","severity":"error","message":"section 'blueprint' has no key 'connectoins'",)"
      R"("file":"blueprint.conf","line":3,"column":3,"length":11,"details":[],"hint":"did you mean 'connections'?"})");
}
