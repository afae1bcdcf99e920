#include "cloudflow/base/problem_page.hpp"

#include <algorithm>

namespace cloudflow {

namespace {

constexpr std::size_t line_width = 100;

// Lines of at most `line_width` characters, broken at blanks.
std::string wrapped(std::string_view text) {
  std::string out;
  while (text.size() > line_width) {
    const auto blank = text.rfind(' ', line_width);
    if (blank == std::string_view::npos || blank == 0) break;
    out += std::string(text.substr(0, blank)) + "\n";
    text.remove_prefix(blank + 1);
  }
  return out + std::string(text) + "\n";
}

std::string indented(std::string_view text) {
  std::string out = "  ";
  for (const char c : text) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out + "\n";
}

} // namespace

const problem_page* find_page(std::span<const problem_page> catalog, std::string_view code) {
  const auto at = std::find_if(catalog.begin(), catalog.end(), [&](const auto& page) { return page.code == code; });
  return at == catalog.end() ? nullptr : &*at;
}

std::string render(const problem_page& page, std::string_view made_from) {
  std::string out = "# " + std::string(page.code) + ": " + std::string(page.title) + "\n\n<!-- Made from " +
                    std::string(made_from) + " by scripts/gen_reference.py: do not edit. -->\n\n" +
                    std::string(page.meaning) + "\n";
  if (!page.example.empty()) out += "\n## Example\n\n```text\n" + std::string(page.example) + "\n```\n";
  return out + "\n## What to do\n\n" + std::string(page.remedy) + "\n";
}

std::string plain_text(const problem_page& page) {
  std::string out = std::string(page.code) + ": " + std::string(page.title) + "\n\n" + wrapped(page.meaning);
  if (!page.example.empty()) out += "\nExample:\n" + indented(page.example);
  return out + "\nWhat to do:\n" + wrapped(page.remedy);
}

} // namespace cloudflow
