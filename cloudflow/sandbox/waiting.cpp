#include "cloudflow/sandbox/waiting.hpp"

#include "cloudflow/sandbox/sandbox.hpp"

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace cloudflow::sandbox {

namespace {

sigset_t awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

} // namespace

void block_signals() {
  const auto set = awaited();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
}

waiting_room::waiting_room(bool enter_wakes)
    : stdin_(enter_wakes) {
  const auto set = awaited();
  event_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  signals_ = ::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

waiting_room::~waiting_room() {
  ::close(event_);
  ::close(signals_);
}

void waiting_room::notify() const {
  const std::uint64_t one = 1;
  // The counter cannot overflow in a process's life, and a full one wakes as well.
  [[maybe_unused]] const auto n = ::write(event_, &one, sizeof one);
}

wake_reason waiting_room::wait(std::optional<std::chrono::nanoseconds> at_most) {
  pollfd fds[3] = {{event_, POLLIN, 0}, {signals_, POLLIN, 0}, {0, POLLIN, 0}};
  timespec timeout{};
  if (at_most) {
    const auto left = std::max(*at_most, std::chrono::nanoseconds::zero());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    timeout = {static_cast<time_t>(seconds.count()), static_cast<long>((left - seconds).count())};
  }
  const int n = ::ppoll(fds, stdin_ ? 3 : 2, at_most ? &timeout : nullptr, nullptr);
  if (n == 0) return wake_reason::time;
  if (n < 0) return wake_reason::change; // interrupted by a signal that we do not await: look again
  if (fds[1].revents != 0) {
    signalfd_siginfo info{};
    if (::read(signals_, &info, sizeof info) == sizeof info)
      return info.ssi_signo == SIGINT ? wake_reason::interrupt : wake_reason::terminate;
  }
  if (stdin_ && fds[2].revents != 0) {
    char line[256];
    if (::read(0, line, sizeof line) > 0) return wake_reason::enter;
    stdin_ = false; // the terminal is gone
    return wake_reason::change;
  }
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(event_, &count, sizeof count);
  return wake_reason::change;
}

} // namespace cloudflow::sandbox
