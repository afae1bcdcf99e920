// Reads documents from standard input and prints what each one means, for comparison with another implementation.
//
// Input, any number of times: a line `case <name>`, then lines `file <name> <bytes>`, each followed by that many bytes
// and a newline; the first file is the root. `env <name>=<value>` sets a variable. `end` closes the case.
// Output, one line a case: `<name> OK <json>` or `<name> ERROR <line>,... <code> <message> ...`:
// the lines, codes and messages of all problems.

#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/render.hpp"
#include "cloudflow/config/resolve.hpp"

#include <cstdlib>
#include <iostream>
#include <map>
#include <string>

namespace config = cloudflow::config;

namespace {

struct test_case {
  std::string name, root;
  std::map<std::string, std::string> files;
  config::environment variables;
};

std::string fail(const std::vector<cloudflow::diagnostic>& problems) {
  std::string lines;
  for (const auto& problem : problems) {
    if (problem.where) lines += (lines.empty() ? "" : ",") + std::to_string(problem.where->line);
    for (const auto& [label, text] : problem.details) { // "left main.conf:1:5"
      const auto colon = text.find(':');
      if (colon != std::string::npos && (label == "left" || label == "right")) {
        lines += (lines.empty() ? "" : ",") + std::to_string(std::atoi(text.c_str() + colon + 1));
      }
    }
  }
  std::string out = "ERROR " + (lines.empty() ? "0" : lines);
  for (const auto& problem : problems) out += " " + problem.code + " " + problem.message;
  for (char& c : out) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return out;
}

std::string run(const test_case& c) {
  config::parse_options options;
  options.reader = [&](const std::filesystem::path& file,
                       const std::filesystem::path&) -> cloudflow::expected<std::optional<std::string>, std::string> {
    const auto found = c.files.find(file.lexically_normal().generic_string());
    if (found == c.files.end()) return std::optional<std::string>{};
    return std::optional<std::string>(found->second);
  };
  auto parsed = config::parse_text(c.files.at(c.root), c.root, options);
  if (!parsed) return fail(parsed.error());
  auto resolved = config::resolve(*parsed, c.variables);
  if (!resolved) return fail(resolved.error());
  return "OK " + config::render_json(*resolved);
}

} // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line;
  test_case current;
  while (std::getline(std::cin, line)) {
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    const auto rest = space == std::string::npos ? std::string() : line.substr(space + 1);
    if (word == "case") {
      current = {rest, {}, {}, {}};
    } else if (word == "env") {
      current.variables[rest.substr(0, rest.find('='))] = rest.substr(rest.find('=') + 1);
    } else if (word == "file") {
      const auto last = rest.rfind(' ');
      const auto name = rest.substr(0, last);
      std::string text(std::stoul(rest.substr(last + 1)), '\0');
      std::cin.read(text.data(), static_cast<std::streamsize>(text.size()));
      std::cin.get();
      if (current.root.empty()) current.root = name;
      current.files[name] = std::move(text);
    } else if (word == "end") {
      std::cout << current.name << ' ' << run(current) << '\n';
    }
  }
}
