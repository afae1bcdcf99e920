#pragma once

#include "cloudflow/cli/shell.hpp"

#include <CLI/CLI.hpp>
#include <functional>

/// One function a command, each in a file of its name: declares the command's arguments and sets `chosen` to what runs
/// it. Private to this room: CLI11 does not leave it.
namespace cloudflow::cli {

using chosen_command = std::function<exit_status()>;

void add_run(CLI::App& root, shell& sh, chosen_command& chosen);
void add_verify(CLI::App& root, shell& sh, chosen_command& chosen);

} // namespace cloudflow::cli
