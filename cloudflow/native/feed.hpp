#pragma once

#include "cloudflow/log/record.hpp"
#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/offset/tracker.hpp"
#include "cloudflow/stream/run/executor.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::native {

/// Records of one partition that came with one poll.
struct feed_item {
  std::shared_ptr<const log::record_batch> batch; ///< owners: the items that share it
  log::record_run run;
  std::size_t bytes = 0; ///< as the feed counts it
};

/// The records of one inlet on their way to one task: filled by the engine's reader, emptied by the task's island. The
/// reader pauses the partition when `full()`, and is told by `on_room` when half of it is read. Bounded by the reader's
/// politeness: at most the bounds plus one poll. Thread-safe.
class CLOUDFLOW_API record_feed {
  mutable std::mutex mutex_;
  std::deque<feed_item> items_;
  std::map<partition_id, std::int64_t> next_; ///< behind what was pushed
  std::size_t queued_ = 0;
  std::size_t queued_bytes_ = 0;
  bool was_full_ = false;
  std::optional<stream::ending> ending_;
  stream::waker waker_;
  std::function<void()> on_room_;
  stream::offset_tracker tracker_;
  topic_name topic_;

public:
  static constexpr std::size_t bound = 4096; ///< records
  static constexpr std::size_t bound_bytes = std::size_t{4} << 20U;

  record_feed(std::string inlet, topic_name topic, std::function<void()> on_room)
      : on_room_(std::move(on_room))
      , tracker_(std::move(inlet))
      , topic_(std::move(topic)) {}

  // for the reader
  /// Leaves out records that it has been given before: a topic that all tasks read is read anew for one that comes
  /// late. Shape: the run is not empty.
  void push(feed_item item);
  [[nodiscard]] bool full() const;
  /// Nothing more will be pushed. Items that are in the feed are still read on complete, not on the others.
  void end(stream::ending how);

  // for the task's source
  [[nodiscard]] std::optional<feed_item> pop();
  /// Set when everything that will be read was popped.
  [[nodiscard]] std::optional<stream::ending> ended() const;
  /// Remembers the waker; true if there is something now.
  bool arm(const stream::waker& wake);

  [[nodiscard]] stream::offset_tracker& tracker() { return tracker_; }
  [[nodiscard]] const topic_name& topic() const { return topic_; }
};

} // namespace cloudflow::native
