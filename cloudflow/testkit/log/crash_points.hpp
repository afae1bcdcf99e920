#pragma once

#include "cloudflow/base/error.hpp"

#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace cloudflow::testkit {

/// One life of a process, seen from its ports: every call that may change something outside is counted, and at one of
/// them the process is killed. From then on nothing of it gets through, and nobody answers it any more. Shared by the
/// ports of one life; confined to the test's thread.
class crash_points {
  std::uint64_t dies_at_ = 0; // 0: never
  bool keeps_last_ = false;
  std::uint64_t calls_ = 0;
  std::uint64_t trace_ = 0xcbf29ce484222325;
  bool mute_ = false;  // the process hears nothing any more
  bool dead_ = false;  // and nothing of it gets through
  bool aside_ = false; // calls are the test's own
  const char* last_ = "";

  [[nodiscard]] static unexpected<error> gone() {
    return system_error(errc::io_error, "the process is dead, as the test wants");
  }

public:
  /// Dies at that call, counted from 1; `keeps_last`: after it took effect, else before.
  void die_at(std::uint64_t call, bool keeps_last) {
    dies_at_ = call;
    keeps_last_ = keeps_last;
  }
  [[nodiscard]] bool dead() const noexcept { return dead_; }
  /// Whether answers still reach the process.
  [[nodiscard]] bool hears() const noexcept { return !mute_; }
  [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }
  /// The call at which it died.
  [[nodiscard]] std::string_view last() const noexcept { return last_; }
  /// Depends on all calls and what was noted of them: equal runs have equal traces.
  [[nodiscard]] std::uint64_t trace() const noexcept { return trace_; }
  void note(std::uint64_t what) noexcept {
    if (!aside_) trace_ = (trace_ ^ what) * 0x100000001b3;
  }

  /// Makes a call, unless the process dies before. `make` answers a `result`.
  template <class F> auto call(const char* name, F&& make) -> decltype(make()) {
    if (aside_) return make();
    if (dead_) return gone();
    note(static_cast<std::uint64_t>(*name));
    if (++calls_ != dies_at_) {
      auto outcome = make();
      if (dead_ && outcome) return gone(); // it died further below
      return outcome;
    }
    last_ = name;
    mute_ = true;
    if (keeps_last_) static_cast<void>(make());
    dead_ = true;
    return gone();
  }
  /// For what answers by a callback.
  template <class F> void tell(const char* name, F&& make) {
    static_cast<void>(call(name, [&]() -> result<void> {
      make();
      return {};
    }));
  }
  /// What the test does itself is not counted and does not kill.
  template <class F> auto aside(F&& act) {
    const bool before = std::exchange(aside_, true);
    struct back {
      bool& flag;
      bool value;
      ~back() { flag = value; }
    } restore{aside_, before};
    return act();
  }
};

} // namespace cloudflow::testkit
