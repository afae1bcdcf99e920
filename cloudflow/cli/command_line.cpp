#include "cloudflow/cli/commands.hpp"

namespace cloudflow::cli {

exit_status run_command_line(const std::vector<std::string>& arguments, shell& sh) {
  CLI::App root("Develop, compose, verify, test and run typed streaming applications.", "cloudflow");
  root.require_subcommand(1);
  root.set_version_flag("--version", CLOUDFLOW_VERSION);
  chosen_command chosen;
  add_run(root, sh, chosen);
  add_verify(root, sh, chosen);
  try {
    // CLI11 takes its arguments from the back.
    root.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::CallForHelp&) {
    sh.out(root.help());
    return exit_status::ok;
  } catch (const CLI::CallForVersion&) {
    sh.out(std::string("cloudflow ") + CLOUDFLOW_VERSION + "\n");
    return exit_status::ok;
  } catch (const CLI::ParseError& e) {
    sh.err("cloudflow: " + std::string(e.what()) + "\nTry 'cloudflow --help'.\n");
    return exit_status::usage;
  }
  return chosen ? chosen() : exit_status::usage;
}

} // namespace cloudflow::cli
