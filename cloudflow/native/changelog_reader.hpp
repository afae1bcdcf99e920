#pragma once

#include "cloudflow/log/topic_log.hpp"
#include "cloudflow/native/changelog_state.hpp"

#include <functional>
#include <memory>

namespace cloudflow::native {

/// Fills a task's state from its partition of the changelog, up to the end of what was committed when it was opened.
/// Confined to its owner.
class CLOUDFLOW_API changelog_reader {
  static constexpr int polls_at_once = 16;

  std::unique_ptr<log::consumer> consumer_; // null: there is nothing to read
  record_offset end_{0};
  log::polled polled_{};

  changelog_reader() = default;

public:
  enum class progress { done, more, waiting };

  /// A changelog that does not exist is empty. Errors: `incompatible` if it has no such partition; those of the log.
  static result<std::unique_ptr<changelog_reader>> open(log::topic_log& log, const topic_name& changelog,
                                                        partition_id task, std::function<void()> on_available);
  /// Hands on a bounded part of what is there. `more`: call again; `waiting`: after `on_available`. Errors: `corrupt`,
  /// those of the log.
  result<progress> read(changelog_state& into);
};

} // namespace cloudflow::native
