#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/completion_script.hpp"

#include <memory>

namespace cloudflow::cli {

void add_completion(command& root, shell& sh) {
  auto given = std::make_shared<std::string>(); // owners: the command
  root.add("completion", "Tools", "Print a script that completes this program's command line")
      .needs("bash|zsh|fish", "The shell that reads it", *given)
      .details("Made from the commands as they are declared: commands, options, values, files and folders.")
      .example("bash > ~/.local/share/bash-completion/completions/cloudflow", "For every bash from now on")
      .example("fish > ~/.config/fish/completions/cloudflow.fish", "The same for fish")
      .example("$source <(cloudflow completion zsh)", "For this zsh")
      .runs([&sh, &root, given] {
        if (*given == "bash") return print(sh, bash_completion(root.page()));
        if (*given == "zsh") return print(sh, zsh_completion(root.page()));
        if (*given == "fish") return print(sh, fish_completion(root.page()));
        sh.err("cloudflow completion: the shell is bash, zsh or fish, not " + shown(*given) + "\n");
        return exit_status::usage;
      });
}

} // namespace cloudflow::cli
