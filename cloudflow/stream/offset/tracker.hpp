#pragma once

#include "cloudflow/stream/offset/token.hpp"
#include "cloudflow/stream/run/commit_gate.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::stream {

namespace detail {
struct tracker_state;
}

/// Knows per partition the position that may be committed: everything before it was acknowledged. The source asks it
/// for a token per run of contiguous offsets that it hands out; acknowledged runs leave no memory behind.
/// Thread-safe. Tokens may outlive the tracker.
class CLOUDFLOW_API offset_tracker {
  std::shared_ptr<detail::tracker_state> state_; ///< owners: the tracker and its unsettled tokens

public:
  struct committable {
    partition_id partition;
    record_offset next; ///< the first offset that is not covered
    friend bool operator==(const committable&, const committable&) = default;
  };

  /// `source` names the inlet in positions of failures.
  explicit offset_tracker(std::string source);

  /// The guard reference of the run [first, last]. Runs of a partition are made in their order.
  [[nodiscard]] token_ref run(partition_id partition, record_offset first, record_offset last);
  /// The newest run of a partition ends before `next`: nothing was made of what lies behind, and it is read again.
  void take_back(partition_id partition, record_offset next);
  /// The position of a partition; nothing before its first run.
  [[nodiscard]] std::optional<record_offset> position_of(partition_id partition) const;
  /// The partitions whose position moved since the last call.
  [[nodiscard]] std::vector<committable> take_progress();
  /// Notes, per partition, the position behind everything that was handed out: what `take_progress(n)` stops at.
  void cut(commit_id n);
  /// The same with no position behind the cut of `n`. Without such a cut the source had ended before the barrier came:
  /// then all counts.
  [[nodiscard]] std::vector<committable> take_progress(commit_id n);
  /// Runs that are neither acknowledged nor abandoned.
  [[nodiscard]] std::size_t outstanding() const;
  /// Runs that were abandoned: their offsets are never committed by this tracker.
  [[nodiscard]] std::size_t abandoned() const;
  /// Forgets a partition that was taken away: tokens that are still out no longer count.
  void forget(partition_id partition);
};

} // namespace cloudflow::stream
