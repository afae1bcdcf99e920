#pragma once

#include "cloudflow/backend/backend.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::backend {

/// When a failed instance is started again, and when no more (DESIGN §5).
struct restart_policy {
  bool restarts = true;                                          ///< false: a failure is final
  std::chrono::nanoseconds first_wait = std::chrono::seconds(1); ///< doubled with each failure in a row
  std::chrono::nanoseconds longest_wait = std::chrono::seconds(60);
  std::chrono::nanoseconds healthy_after =
      std::chrono::seconds(60); ///< having run so long, a failure is the first again
  int at_one_place = 3;         ///< that many failures at one committed position, or before it was ready: degraded
  int fruitless = 10; ///< that many in a row of an instance without inlets that wrote nothing in between: degraded
};

/// An instance failed: what is known when it is judged.
struct failed_attempt {
  failure_report why;
  std::optional<std::chrono::nanoseconds> ready_at; ///< none: it failed before it was ready
  bool reads = true;                                ///< it has inlets
  std::string progress;              ///< what it had committed (or written, without inlets); equal: nothing has moved
  std::vector<std::string> behind{}; ///< the committed positions behind which it had something to read
};

/// Decides what becomes of one instance that fails: started again after a wait that doubles, or degraded, because it
/// would fail at the same place again. Plain decisions over failures and a clock that its owner reads. Confined to its
/// owner.
class supervision {
public:
  explicit supervision(const restart_policy& policy)
      : policy_(policy) {}

  void failed(const failed_attempt& attempt, std::chrono::nanoseconds now);
  /// It was started again.
  void restarted() { restart_at_.reset(); }
  /// No restart any more: the application stops.
  void give_up() { restart_at_.reset(); }

  /// How often it failed so far.
  [[nodiscard]] int failures() const { return failures_; }
  [[nodiscard]] std::optional<std::chrono::nanoseconds> restart_at() const { return restart_at_; }
  /// The wait before that restart.
  [[nodiscard]] std::chrono::nanoseconds wait() const { return wait_; }
  /// Why it is not started again: "poison at sensors.in/0/17".
  [[nodiscard]] const std::optional<std::string>& degraded() const { return degraded_; }

private:
  int count_at(const std::string& place);
  [[nodiscard]] std::optional<std::string> verdict_on(const failed_attempt& attempt);

  static constexpr std::size_t places_kept = 64;
  struct place {
    int count = 0;
    int last_failure = 0;
  };

  restart_policy policy_;
  int failures_ = 0;
  int in_a_row_ = 0;  ///< for the wait: nothing moved between them
  int unready_ = 0;   ///< in a row, before it was ready
  int fruitless_ = 0; ///< in a row, with nothing written between them
  std::map<std::string, place> places_;
  std::optional<std::string> last_progress_;
  std::chrono::nanoseconds wait_{0};
  std::optional<std::chrono::nanoseconds> restart_at_;
  std::optional<std::string> degraded_;
};

/// What to do about a verdict, for people: a line or two without line end. `who` is named in the keys that would help.
std::string advice_on(const instance& who, const failure_report& why);

} // namespace cloudflow::backend
