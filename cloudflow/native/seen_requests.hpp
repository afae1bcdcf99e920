#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/state/durable_table.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace cloudflow::native {

/// The keys of requests that a task has seen within a time, durable where the task has state. Processing time; a repeat
/// does not renew it. Confined to its island.
class CLOUDFLOW_API seen_requests {
  struct text_hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>()(text); }
  };

  timestamp::duration ttl_;
  std::string name_;
  const clock_source* clock_ = nullptr;
  stream::task_state* task_ = nullptr;
  stream::durable_table<std::string, std::int64_t> table_;
  std::unordered_map<std::string, std::int64_t, text_hash, std::equal_to<>> until_;
  std::deque<std::pair<std::int64_t, std::string>> due_; ///< in order of time
  std::unordered_set<std::string> dirty_;                ///< came or went since the last seal
  std::size_t dirty_bytes_ = 0;
  stream::commit_id last_ = stream::no_commit;
  bool opened_ = false;

public:
  explicit seen_requests(std::chrono::milliseconds ttl)
      : ttl_(ttl) {}
  void name(std::string table) { name_ = std::move(table); }
  void start(stream::island_services& services);
  /// Once, before the first key. Errors: those of the state.
  result<void> open();
  [[nodiscard]] bool is_open() const { return opened_; }
  /// True if the key was not seen within the time; it is from now on.
  bool first(std::string_view key);
  /// The key's record did not go through after all.
  void forget(std::string_view key);
  /// Forgets what is too old.
  void expire();
  void seal(stream::commit_id n);
  /// Nothing more will come: part of the run's last commit.
  void seal_last() { seal(stream::commit_id(last_.value() + 1)); }

private:
  void changed(const std::string& key);
};

} // namespace cloudflow::native
