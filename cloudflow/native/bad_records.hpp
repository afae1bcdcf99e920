#pragma once

#include "cloudflow/native/dead_letters.hpp"
#include "cloudflow/native/task.hpp"
#include "cloudflow/streamlet/ports.hpp"

#include <memory>
#include <string>

namespace cloudflow::native {

/// What one inlet does with records that it cannot decode, or at which user code throws before anything groups, keys or
/// holds them: it tries them again, then obeys its policy (DESIGN §5). Confined to its island.
class CLOUDFLOW_API bad_records {
  port_name inlet_;
  std::shared_ptr<task_services> task_; // owners: engine and the readers and writers of the task
  streamlet::error_policy policy_;
  bool handler_rules_;
  bool writes_ = false; // letters: of what all tasks read, one task writes them
  std::int32_t retries_;
  dead_letter_origin origin_;
  std::shared_ptr<dead_letter_box> letters_; // owners: engine, this
  std::shared_ptr<breaker> breaker_;         // owners: the tasks of the instance
  const clock_source* clock_ = nullptr;
  counter* retried_;
  counter* skipped_;
  counter* dead_;
  std::uint64_t first_ = 0; // number of the first record that was read last
  bool stopped_ = false;

public:
  enum class verdict {
    leave_out, ///< it is dealt with
    stop,      ///< nothing more is read: the engine commits what came before, then the streamlet fails
    fail       ///< the graph fails
  };

  bad_records(const port_name& inlet, streamlet::error_policy declared, bool has_handler,
              const streamlet::streamlet_context& ctx, std::shared_ptr<task_services> task);
  void start(const clock_source& clock) { clock_ = &clock; }

  /// The user's handler decides: it exists, and configuration names no policy.
  [[nodiscard]] bool handler_rules() const { return handler_rules_; }
  /// Further attempts of each record.
  [[nodiscard]] std::int32_t retries() const { return retries_; }
  void retried() { retried_->add(); }
  void skipped() { skipped_->add(); }

  /// `count` records are about to be decoded and handled.
  void reading(std::size_t count) {
    if (breaker_) first_ = breaker_->reading(count);
  }
  /// The policy's word on a record; `index` counts from the first that was read last. Afterwards `failed` may be set.
  [[nodiscard]] verdict judge(const log::record_view& record, std::size_t index, const stream::failure& why,
                              int attempts);
  /// The streamlet fails because of this record, whatever the policy. `stop` or `fail`.
  [[nodiscard]] verdict give_up(const stream::failure& why, const std::string& verdict_text = {});

  /// The inlet reads nothing more.
  [[nodiscard]] bool has_stopped() const { return stopped_; }
  /// Too many dead letters wait for a commit.
  [[nodiscard]] bool must_wait() const { return letters_ && letters_->full(); }
  bool arm(const stream::waker& wake) { return !letters_ || letters_->arm(wake); }
  void cut(stream::commit_id n) {
    if (letters_) letters_->cut(n);
  }
};

} // namespace cloudflow::native
