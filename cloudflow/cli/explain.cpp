#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/base/suggest.hpp"
#include "cloudflow/blueprint/problem_catalog.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/problem_pages.hpp"
#include "cloudflow/config/problem_catalog.hpp"
#include "cloudflow/schema/problem_catalog.hpp"

#include <algorithm>
#include <memory>

namespace cloudflow::cli {

namespace {

struct explain_options {
  std::string code;
  std::string output;
};

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return text;
}

void write(json_writer& json, const problem_page& page) {
  json.begin_object().member("code", page.code).member("title", page.title).member("meaning", page.meaning);
  json.member("remedy", page.remedy).member("example", page.example).end_object();
}

exit_status list_codes(bool as_json, shell& sh) {
  json_writer json(2);
  std::string text;
  json.begin_array();
  for (const auto& room : room_catalogs())
    for (const auto& page : room.pages) {
      write(json, page);
      text += std::string(page.code) + "  " + std::string(page.title) + "\n";
    }
  json.end_array();
  return print(sh, as_json ? std::move(json).text() + "\n" : text);
}

exit_status explain_code(const explain_options& given, shell& sh) {
  if (given.code.empty()) return list_codes(given.output == "json", sh);
  const auto code = upper(given.code);
  std::vector<std::string> known;
  for (const auto& room : room_catalogs()) {
    if (const auto* page = find_page(room.pages, code)) {
      json_writer json(2);
      write(json, *page);
      return print(sh, given.output == "json" ? std::move(json).text() + "\n" : plain_text(*page));
    }
    for (const auto& page : room.pages) known.emplace_back(page.code);
  }
  const auto near = nearest(code, known);
  sh.err("cloudflow explain: there is no code " + shown(given.code) +
         (near ? "; did you mean " + *near + "?" : "; `cloudflow explain` lists them all") + "\n");
  return exit_status::failure;
}

} // namespace

std::array<room_catalog, 3> room_catalogs() {
  return {room_catalog{"cloudflow/blueprint/problem_catalog.cpp", blueprint::problem_catalog()},
          room_catalog{"cloudflow/config/problem_catalog.cpp", config::problem_catalog()},
          room_catalog{"cloudflow/schema/problem_catalog.cpp", schema::problem_catalog()}};
}

void add_explain(command& root, shell& sh) {
  auto given = std::make_shared<explain_options>(); // owners: the command
  auto& c = root.add("explain", "Tools", "Say what a problem's code means and what to do about it");
  c.takes("CODE", "A code as CF-B07; nothing: all of them, with their titles", given->code)
      .output(given->output)
      .details("The text of the code's page in docs/reference/problems. Codes of configuration keys: see\n"
               "`cloudflow config explain`.")
      .example("CF-B07", "Why can a reader not read what a writer writes?")
      .runs([&sh, given] { return explain_code(*given, sh); });
}

} // namespace cloudflow::cli
