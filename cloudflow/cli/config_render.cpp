#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/input.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/render.hpp"
#include "cloudflow/config/resolve.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

exit_status render_file(const std::string& file, shell& sh) {
  const auto text = read_input(file, sh);
  if (!text) return complain(sh, text.error());
  const auto give_up = [&](const std::vector<diagnostic>& problems) {
    print_problems(problems, sh);
    return exit_status::problems;
  };
  const auto parsed = config::parse_text(*text, file == "-" ? "standard input" : file);
  if (!parsed) return give_up(parsed.error());
  const auto resolved = config::resolve(*parsed, sh.variables);
  if (!resolved) return give_up(resolved.error());
  return print(sh, config::render_pretty(*resolved) + "\n");
}

} // namespace

void add_config_render(command& config, shell& sh) {
  auto file = std::make_shared<std::string>(); // owners: the command
  config.add("render", "Configuration", "Print a HOCON file as JSON: includes read, substitutions replaced")
      .needs("FILE", "A HOCON or .json file; - is standard input", *file)
      .details("What an application would read, equal to typesafe-config's result. ${NAME} falls back to the\n"
               "environment. Nothing is masked: passwords are printed as they are.")
      .example("prod.conf", "The whole tree, members in a fixed order")
      .runs([&sh, file] { return render_file(*file, sh); });
}

} // namespace cloudflow::cli
