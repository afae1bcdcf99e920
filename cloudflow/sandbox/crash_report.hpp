#pragma once

#include <array>
#include <csignal>

namespace cloudflow::sandbox {

/// While it lives, a signal that ends the process because code crashed (SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT) is
/// told on standard error first: which streamlet it was, and where in it (`base/work_mark`). Then the signal takes its
/// usual course. One at a time in a process. Does nothing in builds with a sanitizer, which has its own report.
class crash_report {
public:
  explicit crash_report(bool as_json);
  crash_report(const crash_report&) = delete;
  crash_report& operator=(const crash_report&) = delete;
  ~crash_report();

private:
  std::array<struct sigaction, 5> before_{};
};

} // namespace cloudflow::sandbox
