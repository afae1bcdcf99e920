#pragma once

#include "cloudflow/backend/registry.hpp"
#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/config/resolve.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::cli {

/// Exit statuses of `cloudflow`; documented in docs/reference/cli.md.
enum class exit_status : int { ok = 0, failure = 1, usage = 2, problems = 3, timed_out = 124, interrupted = 130 };

/// The world as a command sees it, so that tests can be the world. Data goes to `out`, talk to `err`.
struct shell {
  std::function<bool(std::string_view)> out; ///< false: the reader is gone
  std::function<void(std::string_view)> err;
  std::function<result<std::string>()> in;   ///< all of standard input
  std::function<result<std::string>()> line; ///< the next line of standard input, which is a terminal
  bool in_is_terminal = false;
  bool err_is_terminal = false;
  bool colour = false;             ///< of what goes to `err`
  config::environment variables{}; ///< the process's environment
  backend::registry backends{};
  std::vector<error> backend_errors{}; ///< of CLOUDFLOW_BACKEND_PATH; told by the commands that need backends
};

/// Runs `cloudflow ARGUMENTS...`.
exit_status run_command_line(const std::vector<std::string>& arguments, shell& sh);
/// The text of docs/reference/cli.md.
[[nodiscard]] std::string command_line_reference();

/// Data: fails when it could not be written.
exit_status print(shell& sh, std::string_view data);
/// "cloudflow: what went wrong", as exit status 1; 130 if it was interrupted.
exit_status complain(shell& sh, const error& why);
/// Problems as a compiler prints them, and how many there are.
void print_problems(const std::vector<diagnostic>& problems, shell& sh);

/// Whether text may be coloured: CLICOLOR_FORCE, NO_COLOR, TERM, and whether a terminal reads it.
[[nodiscard]] bool wants_colour(const config::environment& variables, bool is_terminal);

} // namespace cloudflow::cli
