#pragma once

#include "cloudflow/base/metric.hpp"
#include "cloudflow/log/internal/partition.hpp"

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudflow::log::internal {

/// One topic: its partitions and who writes to it. Thread-safe.
class topic_state {
public:
  topic_shared shared;

  topic_state(topic_spec spec, std::uint32_t uid, std::uint64_t unread_kept, std::shared_ptr<spill_budget> budget,
              metric_registry* metrics, internal::journal* journal);

  [[nodiscard]] const topic_name& name() const noexcept { return shared.spec.name; }
  [[nodiscard]] std::int32_t count() const noexcept { return count_.load(std::memory_order_acquire); }
  /// Lives as long as the topic.
  [[nodiscard]] partition& at(std::int32_t index) const;
  void grow(std::int32_t total);
  /// Finds what the journal has of it; before anybody uses it.
  result<void> recover();
  template <class F> void for_each_partition(F&& f) const {
    for (std::int32_t i = 0, n = count(); i < n; ++i) f(at(i));
  }

  [[nodiscard]] bool closed() const noexcept { return closed_.load(std::memory_order_seq_cst); }
  /// All declared writers completed; it closes when the transactions that write to it have ended.
  [[nodiscard]] bool completed() const noexcept { return completed_.load(std::memory_order_seq_cst); }
  /// A transaction writes to it for the first time. False: its writers completed.
  [[nodiscard]] bool enter_transaction();
  void leave_transaction(wake_list& wakes);
  [[nodiscard]] bool removed() const noexcept { return removed_.load(std::memory_order_seq_cst); }
  void remove(wake_list& wakes);
  result<void> declare_writer(std::string_view writer);
  result<void> complete_writer(std::string_view writer, wake_list& wakes);

  /// Brings the memory below its bound. False: it is full and the store takes nothing more; an error: the store failed.
  result<bool> make_room();
  /// Whether the last `make_room` failed.
  [[nodiscard]] bool full() const noexcept { return full_.load(std::memory_order_relaxed); }
  void maintain(timestamp now);

private:
  std::shared_ptr<spill_budget> budget_; // owners: the log and its topics
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<partition>> partitions_;
  std::map<std::string, bool, std::less<>> writers_; // true: completed
  std::atomic<std::int32_t> count_{0};
  int transactions_ = 0; // open ones with records in it
  std::atomic<bool> completed_{false}, closed_{false}, removed_{false}, full_{false};

  void close_if_done(wake_list& wakes);
  result<void> note_completed(std::string_view writer);
};

} // namespace cloudflow::log::internal
