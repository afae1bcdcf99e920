#include "cloudflow/sandbox/crash_report.hpp"

#include "cloudflow/base/work_mark.hpp"

#include <atomic>
#include <string_view>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CLOUDFLOW_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CLOUDFLOW_SANITIZED 1
#endif
#endif

namespace cloudflow::sandbox {

namespace {

struct fatal_signal {
  int number;
  std::string_view name;
  std::string_view meaning;
};

constexpr std::array<fatal_signal, 5> fatal_signals = {{{SIGSEGV, "SIGSEGV", "an address that is not its own"},
                                                        {SIGBUS, "SIGBUS", "memory that is not there"},
                                                        {SIGFPE, "SIGFPE", "an impossible division"},
                                                        {SIGILL, "SIGILL", "an instruction that does not exist"},
                                                        {SIGABRT, "SIGABRT", "abort()"}}};

// A handler has no context of its own, so these are the process's.
std::atomic<bool> tells_json{false};
std::atomic_flag told = ATOMIC_FLAG_INIT;

// Text without allocation: all that a handler may use.
class line_buffer {
  std::array<char, 2048> text_; // on the handler's stack
  std::size_t size_ = 0;

  void put(char c) {
    if (size_ < text_.size()) text_[size_++] = c;
  }

public:
  line_buffer& operator<<(std::string_view text) {
    for (const char c : text) put(c);
    return *this;
  }
  line_buffer& quoted(std::string_view text) {
    put('"');
    for (const char c : text.substr(0, 1500)) {
      if (c == '"' || c == '\\') put('\\');
      put(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
    }
    put('"');
    return *this;
  }
  void write() const {
    for (std::size_t at = 0; at < size_;) {
      const auto n = ::write(STDERR_FILENO, text_.data() + at, size_ - at);
      if (n <= 0) return;
      at += static_cast<std::size_t>(n);
    }
  }
};

void tell(const fatal_signal& how) {
  const auto mark = current_work();
  const std::string_view who = mark.owner ? mark.owner : "";
  const std::string_view where = mark.part ? mark.part : "";
  line_buffer line;
  if (tells_json.load(std::memory_order_relaxed)) {
    line << R"({"event":"crashed","streamlet":)";
    line.quoted(who) << R"(,"where":)";
    line.quoted(where) << R"(,"signal":)";
    line.quoted(how.name) << "}\n";
  } else {
    if (who.empty())
      line << "cloudflow crashed outside of any streamlet";
    else
      line << "streamlet '" << who << "' crashed";
    line << ": " << how.meaning << " (" << how.name << ")\n";
    if (!where.empty()) line << "  where     " << where << "\n";
    line << "  the process ends with it; a core file or a debugger shows the line\n";
  }
  line.write();
}

void on_crash(int number) {
  if (told.test_and_set()) // another thread tells, and its signal ends all of them
    for (;;) ::pause();
  for (const auto& each : fatal_signals)
    if (each.number == number) tell(each);
  ::signal(number, SIG_DFL);
  ::raise(number); // held back until this returns
}

} // namespace

#ifdef CLOUDFLOW_SANITIZED
crash_report::crash_report(bool) {}
crash_report::~crash_report() = default;
#else
crash_report::crash_report(bool as_json) {
  tells_json = as_json;
  told.clear();
  struct sigaction action {};
  action.sa_handler = &on_crash;
  action.sa_flags = SA_ONSTACK;
  // All of them: a second fault inside the handler ends the process at once.
  for (const auto& each : fatal_signals) ::sigaddset(&action.sa_mask, each.number);
  for (std::size_t i = 0; i < fatal_signals.size(); ++i) ::sigaction(fatal_signals[i].number, &action, &before_[i]);
}

crash_report::~crash_report() {
  for (std::size_t i = 0; i < fatal_signals.size(); ++i) ::sigaction(fatal_signals[i].number, &before_[i], nullptr);
}
#endif

} // namespace cloudflow::sandbox
