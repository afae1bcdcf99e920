#include "cloudflow/cli/arguments.hpp"

#include <algorithm>
#include <set>

namespace cloudflow::cli {

namespace {

constexpr std::size_t page_width = 100;
constexpr std::size_t widest_left = 30;

// `text`, broken between words, its further lines indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (column != indent && column + 1 + end > page_width) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
    } else if (column != indent) {
      out += ' ';
      ++column;
    }
    out += text.substr(0, end);
    column += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string table(std::string_view heading, const help_rows& rows) {
  if (rows.empty()) return {};
  std::size_t width = 0;
  for (const auto& [left, right] : rows)
    if (left.size() <= widest_left) width = std::max(width, left.size());
  std::string out = "\n" + std::string(heading) + ":\n";
  for (const auto& [left, right] : rows) {
    out += "  " + left;
    out += left.size() <= width ? std::string(width - left.size() + 2, ' ') : "\n" + std::string(width + 4, ' ');
    out += wrapped(right, width + 4) + "\n";
  }
  return out;
}

void append_page(const command_page& page, std::string& out) {
  out += "\n## " + page.words + "\n\n```text\n" + help_text(page) + "```\n";
  for (const auto& c : page.commands) append_page(*c, out);
}

} // namespace

std::string help_text(const command_page& page) {
  std::string out = page.summary + "\n\nUsage: " + page.words + (page.usage.empty() ? "" : " " + page.usage) +
                    (page.commands.empty() ? " [options]\n" : "\n");
  if (!page.details.empty()) out += "\n" + page.details + "\n";
  std::vector<std::string> groups;
  for (const auto& c : page.commands)
    if (std::find(groups.begin(), groups.end(), c->group) == groups.end()) groups.push_back(c->group);
  for (const auto& group : groups) {
    help_rows rows;
    for (const auto& c : page.commands)
      if (c->group == group) rows.emplace_back(c->words.substr(page.words.size() + 1), c->summary);
    out += table(group, rows);
  }
  out += table("Arguments", page.arguments) + table("Options", page.options);
  if (!page.examples.empty()) {
    help_rows rows;
    for (const auto& [arguments, does] : page.examples)
      rows.emplace_back(arguments.starts_with('$') ? arguments.substr(1) : page.words + " " + arguments, does);
    out += "\nExamples:\n";
    for (const auto& [left, right] : rows) out += "  " + left + "\n      " + wrapped(right, 6) + "\n";
  }
  if (page.words.find(' ') == std::string::npos) {
    out += table("Exit status", {{"0", "done"},
                                 {"1", "it failed: a file, a build, a streamlet, a test"},
                                 {"2", "the command line is wrong"},
                                 {"3", "what was checked has problems; all of them were printed"},
                                 {"130", "interrupted"}});
    out += "\nData goes to standard output, talk to standard error. `" + page.words + " COMMAND --help` says more.\n";
  }
  return out;
}

std::string reference_page(const command_page& root) {
  std::string out = "# The command line\n\n"
                    "Made from the commands' own help by `scripts/gen_reference.py`; a test holds the two together.\n";
  append_page(root, out);
  return out;
}

} // namespace cloudflow::cli
