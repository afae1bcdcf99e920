#include "cloudflow/cli/shell.hpp"

#include "cloudflow/config/render.hpp"

#include <algorithm>

namespace cloudflow::cli {

namespace {

constexpr std::string_view bold = "\x1b[1m";
constexpr std::string_view red = "\x1b[1;31m";
constexpr std::string_view plain = "\x1b[0m";

// The first line is "place: error CODE: message".
std::string coloured(std::string text, const diagnostic& problem) {
  const std::string word = problem.level == severity::error  ? "error "
                           : problem.level == severity::note ? "note "
                                                             : "warning ";
  const auto line_end = text.find('\n');
  const auto at = text.find(word + problem.code);
  if (at == std::string::npos || at > line_end) return text;
  text.insert(at + word.size() - 1, plain);
  text.insert(at, problem.level == severity::error ? red : bold);
  return text;
}

} // namespace

exit_status print(shell& sh, std::string_view data) { return sh.out(data) ? exit_status::ok : exit_status::failure; }

exit_status complain(shell& sh, const error& why) {
  if (why.code == errc::cancelled) {
    sh.err("cloudflow: interrupted\n");
    return exit_status::interrupted;
  }
  sh.err("cloudflow: " + why.text() + "\n");
  return exit_status::failure;
}

void print_problems(const std::vector<diagnostic>& problems, shell& sh) {
  const source_line_reader lines = [](const origin& where) {
    auto line = read_source_line(where);
    if (line) line = config::mask_line(std::move(*line));
    return line;
  };
  for (const auto& p : problems) sh.err(sh.colour ? coloured(render(p, lines), p) : render(p, lines));
  const auto errors =
      std::count_if(problems.begin(), problems.end(), [](const auto& p) { return p.level == severity::error; });
  if (errors > 0) sh.err(std::to_string(errors) + (errors == 1 ? " problem\n" : " problems\n"));
}

bool wants_colour(const config::environment& variables, bool is_terminal) {
  const auto value = [&](std::string_view name) {
    const auto at = variables.find(name);
    return at == variables.end() ? std::string_view() : std::string_view(at->second);
  };
  if (!value("NO_COLOR").empty()) return false;
  if (const auto force = value("CLICOLOR_FORCE"); !force.empty() && force != "0") return true;
  return is_terminal && value("TERM") != "dumb";
}

} // namespace cloudflow::cli
