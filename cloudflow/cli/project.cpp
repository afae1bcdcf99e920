#include "cloudflow/cli/project.hpp"

#include "cloudflow/cli/arguments.hpp"
#include "cloudflow/config/parse.hpp"
#include "cloudflow/config/read.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace cloudflow::cli {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view registry_folder = "cloudflow-applications";

std::optional<project> read_entry(const fs::path& file) {
  auto parsed = config::parse_file(file);
  if (!parsed) return std::nullopt;
  auto text = [&](const char* key) { return config::get_string(*parsed, key).value_or(std::string()); };
  project out{text("name"),  text("version"), text("source"), text("blueprint"), text("module"),
              text("build"), text("target"),  text("core"),   text("binary")};
  if (out.binary.empty()) out.binary = out.module.parent_path(); // written by an older release
  return out;
}

// The entry of `folder` among those of one build folder: the newest, for an application that got another name leaves
// its old one behind.
std::optional<project> entry_in(const fs::path& build, const fs::path& folder) {
  std::error_code failed;
  std::optional<project> newest;
  fs::file_time_type newest_time{};
  for (const auto& file : fs::directory_iterator(build / registry_folder, failed)) {
    if (file.path().extension() != ".conf") continue;
    const auto time = file.last_write_time(failed);
    if (newest && time <= newest_time) continue;
    auto entry = read_entry(file.path());
    if (!entry || !fs::equivalent(entry->folder, folder, failed)) continue;
    newest = std::move(entry);
    newest_time = time;
  }
  return newest;
}

// Where the CMake package of the running program lies: beside it in a build tree, below lib/cmake when installed.
fs::path package_folder() {
  std::error_code failed;
  const auto program = fs::read_symlink("/proc/self/exe", failed);
  const auto root = program.parent_path().parent_path();
  if (fs::exists(root / "cloudflow-config.cmake", failed)) return root;
  for (const char* lib : {"lib", "lib64", "lib/x86_64-linux-gnu", "lib/aarch64-linux-gnu"})
    if (auto at = root / lib / "cmake" / "cloudflow"; fs::exists(at, failed)) return at;
  return {};
}

std::optional<project> look_up(const fs::path& folder) {
  // A program in a build tree knows what that tree builds: `build-x/bin/cloudflow verify examples/sensors`.
  if (const auto package = package_folder(); !package.empty())
    if (auto found = entry_in(package, folder)) return found;
  for (auto at = folder;; at = at.parent_path()) {
    if (auto found = entry_in(at / "build", folder)) return found;
    if (at == at.parent_path()) return std::nullopt;
  }
}

std::string last_lines(const std::string& text, std::size_t count) {
  std::size_t at = text.size();
  for (std::size_t n = 0; at > 0 && n <= count; --at)
    if (text[at - 1] == '\n') ++n;
  return text.substr(at == 0 ? 0 : at + 1);
}

bool is_hidden_or_build(const fs::path& path) {
  const auto name = path.filename().string();
  return name.starts_with(".") || name == "build" || name.starts_with("build-");
}

fs::file_time_type newest_below(const fs::path& folder) {
  std::error_code failed;
  auto newest = fs::last_write_time(folder, failed);
  for (fs::recursive_directory_iterator at(folder, failed), end; at != end && !failed; at.increment(failed)) {
    if (is_hidden_or_build(at->path())) {
      at.disable_recursion_pending();
      continue;
    }
    newest = std::max(newest, at->last_write_time(failed));
  }
  return newest;
}

// Ctrl-C reached us, too; it waits until somebody reads it.
bool is_interrupted() {
  sigset_t waiting;
  ::sigemptyset(&waiting);
  ::sigpending(&waiting);
  return ::sigismember(&waiting, SIGINT) == 1 || ::sigismember(&waiting, SIGTERM) == 1;
}

result<void> build_target(const project& p, const std::string& target) {
  auto done = run_program({"cmake", "--build", p.build.string(), "--target", target});
  if (!done) return unexpected(done.error());
  if (done->status != 0)
    return user_error(errc::io_error, "building " + p.name + " failed:\n" + last_lines(done->output, 60));
  return {};
}

} // namespace

result<void> build_all(const project& p) {
  std::error_code failed;
  const auto below = fs::relative(p.binary, p.build, failed);
  return build_target(p, failed || below.empty() || below == "." ? std::string("all") : (below / "all").string());
}

result<program_end> run_program(const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return system_error(errc::io_error, std::string("cannot make a pipe: ") + std::strerror(errno));
  const pid_t child = ::fork();
  if (child < 0) return system_error(errc::io_error, std::string("cannot start a process: ") + std::strerror(errno));
  if (child == 0) {
    // Our own signals wait to be read; those of a compiler must end it.
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    ::dup2(ends[1], 1);
    ::dup2(ends[1], 2);
    std::vector<char*> argv;
    for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(ends[1]);
  program_end out;
  for (char buffer[8192];;) {
    const auto n = ::read(ends[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    out.output.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (is_interrupted()) return user_error(errc::cancelled, "interrupted");
  out.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  if (out.status == 127 && out.output.empty())
    return user_error(errc::not_found, "cannot run '" + arguments.front() + "': is it installed?");
  return out;
}

result<project> find_project(const fs::path& given, const std::function<void(std::string_view)>& talk) {
  std::error_code failed;
  const auto folder = fs::canonical(given, failed);
  if (failed) return user_error(errc::not_found, "there is no folder " + shown(given.string()));
  if (!fs::is_directory(folder))
    return user_error(errc::invalid_argument, shown(given.string()) + " is not a folder; give the one that it lies in");
  // The build tree of the running program first: a checkout may have several.
  if (auto found = entry_in(package_folder(), folder)) return *found;
  if (auto found = look_up(folder)) return *found;
  if (!fs::exists(folder / "CMakeLists.txt"))
    return user_error(errc::not_found, shown(given.string()) + " has no CMakeLists.txt: is it a Cloudflow project? "
                                                               "`cloudflow new NAME` makes one");
  talk("configuring " + folder.filename().string());
  const auto build = folder / "build";
  std::vector<std::string> configure = {"cmake",        "-S", folder.string(), "-B",
                                        build.string(), "-G", "Ninja",         "-DCMAKE_BUILD_TYPE=RelWithDebInfo"};
  if (const auto package = package_folder(); !package.empty())
    configure.push_back("-Dcloudflow_DIR=" + package.string());
  auto done = run_program(configure);
  if (!done) return unexpected(done.error());
  if (done->status != 0)
    return user_error(errc::io_error, "configuring " + folder.string() + " failed:\n" + last_lines(done->output, 30));
  if (auto found = look_up(folder)) return *found;
  return user_error(errc::not_found, folder.string() + "/CMakeLists.txt has no cloudflow_add_application()");
}

result<void> build_if_needed(const project& p, const std::function<void(std::string_view)>& talk) {
  std::error_code failed;
  const auto stamp = p.build / registry_folder / (p.name + ".stamp");
  const auto module_time = fs::last_write_time(p.module, failed);
  if (!failed) {
    auto built = module_time;
    if (const auto at = fs::last_write_time(stamp, failed); !failed) built = std::max(built, at);
    failed.clear();
    const auto core_time = fs::last_write_time(p.core, failed);
    if (newest_below(p.folder) <= built && (failed || core_time <= built)) return {};
  }
  talk("building " + p.name);
  if (auto built = build_target(p, p.target); !built) return built;
  std::ofstream(stamp) << "";
  return {};
}

} // namespace cloudflow::cli
