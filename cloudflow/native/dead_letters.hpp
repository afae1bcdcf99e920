#pragma once

#include "cloudflow/log/record.hpp"
#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/run/commit_gate.hpp"
#include "cloudflow/stream/run/executor.hpp"
#include "cloudflow/streamlet/context.hpp"

#include <bitset>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::native {

/// Headers that say where a dead letter comes from begin so; those of the record stand before them, unchanged.
inline constexpr std::string_view dead_letter_prefix = "cf-dead-";

/// A record that could not be handled, on its way to the topic of dead letters. Owns its bytes.
struct dead_letter {
  partition_id partition; ///< the record's: the topic of dead letters has as many
  std::optional<bytes> key;
  std::optional<bytes> value;
  log::header_buffer headers;
  timestamp time; ///< when it was given up

  [[nodiscard]] CLOUDFLOW_API log::outgoing_record outgoing() const;
  [[nodiscard]] CLOUDFLOW_API std::size_t size() const;
  /// One of the headers behind `dead_letter_prefix`: `said("message")`. Empty if it is not there.
  [[nodiscard]] CLOUDFLOW_API std::string said(std::string_view name) const;
};

/// Where records of one inlet come from, for the headers of its dead letters. Immutable.
class CLOUDFLOW_API dead_letter_origin {
  std::string app_, version_, streamlet_, inlet_, topic_;

public:
  static constexpr std::size_t longest_text = 1024; ///< bytes that are kept of what an exception said

  dead_letter_origin(const streamlet::streamlet_context& ctx, const port_name& inlet);
  [[nodiscard]] dead_letter make(const log::record_view& record, const stream::failure& why, int attempts,
                                 timestamp now) const;
};

/// The dead letters of one inlet in one task, between the source that gives records up and the engine that writes them
/// with the next commit. A commit takes those that lie before its cut, as it does with offsets. Bounded: at the bound
/// the source waits for a commit, which it asks for. Thread-safe.
class CLOUDFLOW_API dead_letter_box {
  mutable std::mutex mutex_;
  std::deque<dead_letter> letters_;
  std::size_t bytes_ = 0;
  std::size_t before_cut_ = 0;
  stream::commit_id cut_ = stream::no_commit;
  stream::waker waker_;
  std::function<void()> on_full_;

  std::vector<dead_letter> take_first(std::size_t n);

public:
  static constexpr std::size_t bound = 4096; ///< letters
  static constexpr std::size_t bound_bytes = 4 << 20;

  /// `on_full` may be empty.
  explicit dead_letter_box(std::function<void()> on_full)
      : on_full_(std::move(on_full)) {}

  // for the source
  void post(dead_letter letter);
  [[nodiscard]] bool full() const;
  /// Remembers the waker; true if there is room now.
  bool arm(const stream::waker& wake);
  void cut(stream::commit_id n);

  // for the engine
  [[nodiscard]] std::vector<dead_letter> take();
  /// Those before the cut of `n`; all if the source had ended before it came.
  [[nodiscard]] std::vector<dead_letter> take(stream::commit_id n);
};

/// Trips when more than half of the last 1,000 records of an inlet became dead letters: then it is not the records that
/// are wrong. Shared by the tasks of an instance. Thread-safe.
class CLOUDFLOW_API breaker {
  std::mutex mutex_;
  std::uint64_t seen_ = 0;
  std::size_t dead_ = 0;
  bool tripped_ = false;

public:
  static constexpr std::size_t window = 1000;

  /// `count` records are about to be handled: the number of the first.
  std::uint64_t reading(std::size_t count);
  /// The record of that number is a dead letter. True if that trips it, once.
  bool dead(std::uint64_t number);

private:
  std::bitset<window> dead_ones_; ///< by number modulo `window`
};

} // namespace cloudflow::native
