#include "cloudflow/backend/assembly.hpp"
#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/loading.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/read.hpp"
#include "cloudflow/sandbox/sandbox.hpp"

#include <cstdlib>
#include <memory>

namespace cloudflow::cli {

namespace {

struct run_options {
  std::vector<std::string> arguments; // DIR and key=value, told apart by '='
  std::vector<std::string> confs;
  std::string duration;
  bool exit_when_complete = false;
};

exit_status run_project(const run_options& given, shell& sh) {
  std::string folder = ".";
  std::vector<std::string> overrides;
  bool has_folder = false;
  for (const auto& a : given.arguments) {
    if (a.find('=') != std::string::npos) {
      overrides.push_back(a);
    } else if (has_folder) {
      sh.err("cloudflow run: two folders are given: " + folder + " and " + a + "\n");
      return exit_status::usage;
    } else {
      folder = a;
      has_folder = true;
    }
  }
  sandbox::sandbox_options options;
  if (!given.duration.empty()) {
    auto d = config::as_duration(config::value::of(given.duration, origin::of("command line")));
    if (!d) {
      sh.err(render(d.error()));
      return exit_status::usage;
    }
    options.duration = *d;
  }
  auto loaded = load_project(folder, sh);
  if (!loaded) return loaded.error();

  backend::assembly_input input;
  input.module = loaded->project.module;
  input.app_version = loaded->project.version;
  auto plan = backend::assemble(loaded->verified, input);

  std::string run_folder = (std::filesystem::temp_directory_path() / ("cloudflow-" + loaded->verified.app_id + "-XXXXXX")).string();
  if (!::mkdtemp(run_folder.data())) {
    sh.err("cloudflow: cannot make a folder in " + std::filesystem::temp_directory_path().string() + "\n");
    return exit_status::failure;
  }
  options.exit_when_complete = given.exit_when_complete;
  options.live = sh.err_is_terminal;
  options.enter_ends = sh.in_is_terminal;
  options.folder = run_folder;
  auto outcome = sandbox::run(std::move(plan), sh.backends, options, {sh.out, sh.err});
  if (!outcome) {
    sh.err("cloudflow: " + outcome.error().text() + "\n");
    return exit_status::failure;
  }
  switch (*outcome) {
  case sandbox::run_outcome::failed: return exit_status::failure;
  case sandbox::run_outcome::interrupted: return exit_status::interrupted;
  default: return exit_status::ok;
  }
}

} // namespace

void add_run(CLI::App& root, shell& sh, chosen_command& chosen) {
  auto given = std::make_shared<run_options>(); // owners: the parser's callback
  auto* command = root.add_subcommand("run", "Run the whole application in this process: the sandbox");
  command->add_option("DIR|key=value", given->arguments, "Folder of the project (default: here), and configuration");
  command->add_option("--conf", given->confs, "A configuration file; later ones win")->type_name("FILE");
  command->add_option("--duration", given->duration, "Drain and end after this time: 10s, 5 minutes")->type_name("TIME");
  command->add_flag("--exit-when-complete", given->exit_when_complete, "End when every streamlet completed");
  command->callback([&sh, &chosen, given] { chosen = [&sh, given] { return run_project(*given, sh); }; });
}

} // namespace cloudflow::cli
