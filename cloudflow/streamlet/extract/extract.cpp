#include "cloudflow/streamlet/extract/extract.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/streamlet/module_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <exception>
#include <fstream>
#include <functional>
#include <optional>
#include <poll.h>
#include <sys/wait.h>
#include <typeinfo>
#include <unistd.h>

namespace cloudflow::streamlet {

namespace {

using deadline = std::chrono::steady_clock::time_point;

struct child_end {
  std::string output;
  std::optional<std::string> failure; ///< why there is no (whole) output
};

std::string signal_text(int number) {
  const char* name = ::sigabbrev_np(number);
  return name ? "SIG" + std::string(name) : "signal " + std::to_string(number);
}

// Runs `work` in a child process; what it writes to the descriptor is the output. The child never returns here, and
// never runs the parent's exit handlers.
result<child_end> run_in_child(const std::function<void(int)>& work, deadline until) {
  int ends[2];
  if (::pipe(ends) != 0)
    return system_error(errc::io_error, std::string("cannot make a pipe: ") + std::strerror(errno));
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child < 0) {
    ::close(ends[0]);
    ::close(ends[1]);
    return system_error(errc::io_error, std::string("cannot start a child process: ") + std::strerror(errno));
  }
  if (child == 0) {
    ::close(ends[0]);
    ::setpgid(0, 0);
    work(ends[1]);
    ::_exit(0);
  }
  ::close(ends[1]);
  child_end out;
  bool timed_out = false;
  for (char buffer[65536];;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
    pollfd ready{ends[0], POLLIN, 0};
    const int n = left <= 0 ? 0 : ::poll(&ready, 1, static_cast<int>(left));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      timed_out = true;
      break;
    }
    const auto got = ::read(ends[0], buffer, sizeof buffer);
    if (got <= 0) break;
    out.output.append(buffer, static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  if (timed_out) ::kill(-child, SIGKILL), ::kill(child, SIGKILL);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (timed_out)
    out.failure = "did not end within the time limit";
  else if (WIFSIGNALED(status))
    out.failure = "crashed with " + signal_text(WTERMSIG(status));
  else if (WEXITSTATUS(status) != 0)
    out.failure = "ended the process with status " + std::to_string(WEXITSTATUS(status));
  else if (out.output.empty())
    out.failure = "ended the process";
  return out;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto n = ::write(fd, text.data(), text.size());
    if (n <= 0) ::_exit(1);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// First character: '+' = descriptor follows, '-' = the text of an error follows.
void describe_class(const module_entry& entry, int out) {
  std::string text;
  try {
    const auto streamlet = entry.make();
    text = "+" + to_json(describe(entry.class_name, *streamlet));
  } catch (const std::exception& e) {
    text = std::string("-threw ") + typeid(e).name() + ": " + e.what();
  } catch (...) {
    text = "-threw something that is no std::exception";
  }
  write_all(out, text);
}

std::string compose(const std::vector<std::string>& streamlets, const std::vector<extract_failure>& failures) {
  json_writer json;
  json.begin_object().member("protocol", module_descriptor::protocol);
  json.key("module").begin_object().member("kind", "native-so").end_object();
  json.member("core_version", note_of_core().core_version).key("streamlets").begin_array();
  for (const auto& s : streamlets) json.raw(s);
  json.end_array().key("failures").begin_array();
  for (const auto& f : failures)
    json.begin_object().member("class_name", f.class_name).member("reason", f.reason).end_object();
  json.end_array().end_object();
  return std::move(json).text();
}

void describe_module(const std::filesystem::path& module, deadline until, int out) {
  auto library = module_library::open(module);
  if (!library) {
    write_all(out, "-" + library.error().text());
    return;
  }
  auto entries = std::vector(library->entries().begin(), library->entries().end());
  std::stable_sort(entries.begin(), entries.end(),
                   [](auto* a, auto* b) { return std::string_view(a->class_name) < b->class_name; });
  std::vector<std::string> streamlets;
  std::vector<extract_failure> failures;
  for (const auto* entry : entries) {
    auto end = run_in_child([&](int fd) { describe_class(*entry, fd); }, until);
    if (!end)
      failures.push_back({entry->class_name, end.error().text()});
    else if (end->failure)
      failures.push_back({entry->class_name, "its constructor or shape() " + *end->failure});
    else if (end->output[0] == '-')
      failures.push_back({entry->class_name, "its constructor or shape() " + end->output.substr(1)});
    else
      streamlets.push_back(end->output.substr(1));
  }
  write_all(out, "+" + compose(streamlets, failures));
}

} // namespace

result<std::string> extract_descriptor(const std::filesystem::path& module, std::chrono::milliseconds limit) {
  const auto until = std::chrono::steady_clock::now() + limit;
  // The module's child gets a second more than the classes, so that it can tell which of them hung.
  auto end = run_in_child([&](int fd) { describe_module(module, until, fd); }, until + std::chrono::seconds(1));
  if (!end) return unexpected(end.error());
  if (end->failure) return compose({}, {{module.filename().string(), "loading the module " + *end->failure}});
  if (end->output[0] == '-') return user_error(errc::incompatible, end->output.substr(1));
  return end->output.substr(1);
}

result<void> embed_descriptor(const std::filesystem::path& module, const std::string& json,
                              const std::string& objcopy) {
  const auto beside = [&](const char* suffix) { return std::filesystem::path(module.string() + suffix); };
  const auto text = beside(".descriptor.json");
  const auto changed = beside(".tmp");
  {
    std::ofstream out(text, std::ios::binary);
    out << json;
    if (!out.flush()) return user_error(errc::io_error, "cannot write " + text.string());
  }
  const std::string section = ".cloudflow.descriptor";
  const std::vector<std::string> arguments = {objcopy,
                                              "--remove-section=" + section,
                                              "--add-section",
                                              section + "=" + text.string(),
                                              "--set-section-flags",
                                              section + "=noload,readonly",
                                              module.string(),
                                              changed.string()};
  const pid_t child = ::fork();
  if (child < 0) return system_error(errc::io_error, "cannot start " + objcopy);
  if (child == 0) {
    std::vector<char*> argv;
    for (const auto& a : arguments) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    ::execvp(argv[0], argv.data());
    ::_exit(127);
  }
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return system_error(errc::io_error, objcopy + " could not add section " + section + " to " + module.string());
  std::error_code failed;
  std::filesystem::rename(changed, module, failed);
  if (failed) return system_error(errc::io_error, "cannot replace " + module.string() + ": " + failed.message());
  return {};
}

} // namespace cloudflow::streamlet
