#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/loading.hpp"

#include <memory>
#include <set>

namespace cloudflow::cli {

void add_verify(CLI::App& root, shell& sh, chosen_command& chosen) {
  struct options {
    std::string folder = ".";
  };
  auto given = std::make_shared<options>(); // owners: the parser's callback
  auto* command = root.add_subcommand("verify", "Build the project and check its blueprint: every problem at once");
  command->add_option("DIR", given->folder, "Folder of the project")->capture_default_str();
  command->callback([&sh, &chosen, given] {
    chosen = [&sh, given] {
      auto loaded = load_project(given->folder, sh);
      if (!loaded) return loaded.error();
      for (const auto& note : loaded->verified.notes) sh.err(render(note));
      std::set<std::string> classes;
      for (const auto& s : loaded->verified.streamlets) classes.insert(s.class_name);
      for (const auto& name : classes) sh.out("Streamlet '" + name + "' found\n");
      sh.out(loaded->project.blueprint.string() + " verified.\n");
      return exit_status::ok;
    };
  });
}

} // namespace cloudflow::cli
