#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/base/export.hpp"

#include <coroutine>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

namespace cloudflow::native {

/// A record on its way to the log: done when the log has it, or has refused it. Ask (`look`), be called (`then`), or
/// `co_await` it. A cheap copy. Thread-safe.
class CLOUDFLOW_API pending_write {
  struct state {
    std::mutex mutex;
    std::optional<result<void>> how;
    std::function<void(const result<void>&)> then;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>(); // owners: the handles, and the log until it answers

public:
  /// Nothing yet; the outcome otherwise. Errors: `limit_exceeded`, retriable (the log has no room, or what was written
  /// is not read: try later), `closed` (the streamlet is over), those of the log.
  [[nodiscard]] std::optional<result<void>> look() const;
  /// Calls once with the outcome; at once if it is there. Thread: any; must not block or throw. A later call replaces
  /// an earlier one.
  void then(std::function<void(const result<void>&)> call) const;

  /// `auto written = co_await out.write(value);` goes on where the log answers: on any thread.
  [[nodiscard]] auto operator co_await() const {
    struct awaiter {
      pending_write of;
      [[nodiscard]] bool await_ready() const { return of.look().has_value(); }
      void await_suspend(std::coroutine_handle<> rest) const {
        of.then([rest](const result<void>&) { rest.resume(); });
      }
      [[nodiscard]] result<void> await_resume() const { return *of.look(); }
    };
    return awaiter{*this};
  }

  // for the writer
  void settle(result<void> how) const;
};

} // namespace cloudflow::native
