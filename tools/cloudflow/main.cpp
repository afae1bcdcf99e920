#include "cloudflow/cli/input.hpp"
#include "cloudflow/cli/shell.hpp"
#include "cloudflow/engine/native/native_backend.hpp"
#include "cloudflow/sandbox/sandbox.hpp"

#include <cerrno>
#include <cstring>
#include <mutex>
#include <unistd.h>

extern char** environ;

namespace {

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

} // namespace

int main(int argc, char** argv) {
  cloudflow::sandbox::block_signals();
  cloudflow::cli::shell sh;
  std::mutex out_mutex; // console egresses write from several threads
  sh.out = [&](std::string_view text) {
    const std::lock_guard lock(out_mutex);
    if (write_all(STDOUT_FILENO, text)) return true;
    if (errno != EPIPE) sh.err(std::string("cloudflow: cannot write: ") + std::strerror(errno) + "\n");
    return false;
  };
  sh.err = [](std::string_view text) { write_all(STDERR_FILENO, text); };
  sh.in = [] { return cloudflow::cli::read_descriptor(STDIN_FILENO, "standard input"); };
  sh.line = [] { return cloudflow::cli::read_line(STDIN_FILENO, "standard input"); };
  sh.in_is_terminal = ::isatty(STDIN_FILENO) == 1;
  sh.err_is_terminal = ::isatty(STDERR_FILENO) == 1;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (const auto at = text.find('='); at != std::string_view::npos)
      sh.variables.emplace(text.substr(0, at), text.substr(at + 1));
  }
  sh.colour = cloudflow::cli::wants_colour(sh.variables, sh.err_is_terminal);
  sh.backends.add("native", [] { return std::make_unique<cloudflow::engine::native_backend>(); });
  if (const auto at = sh.variables.find("CLOUDFLOW_BACKEND_PATH"); at != sh.variables.end())
    sh.backend_errors = sh.backends.load_path(at->second);
  return static_cast<int>(cloudflow::cli::run_command_line({argv + 1, argv + argc}, sh));
}
