#pragma once

#include "cloudflow/cli/arguments.hpp"

#include <string>

namespace cloudflow::cli {

/// Scripts that complete the command line of `root` and everything below it: commands, options, the values of options
/// that have a list of them, files and folders.
std::string bash_completion(const command_page& root);
std::string zsh_completion(const command_page& root);
std::string fish_completion(const command_page& root);

} // namespace cloudflow::cli
