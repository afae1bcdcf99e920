#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/ids.hpp"
#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/state/durable_table.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace cloudflow::native {

/// Header of a record of an internal topic: its event time. 8 bytes, milliseconds, little endian.
inline constexpr std::string_view event_time_header = "cf-time";
/// Header of a record of an internal topic that says how far the event time of one of its writers is; it has no key and
/// no value. 16 bytes: number of the writing task, how many tasks write, watermark; little endian.
inline constexpr std::string_view mark_header = "cf-mark";

CLOUDFLOW_API std::array<std::byte, 8> encode_event_time(timestamp time);
/// None if these are not 8 bytes.
CLOUDFLOW_API std::optional<timestamp> decode_event_time(bytes_view from);

/// What one task has told of event time.
struct writer_mark {
  std::int32_t writer = 0;
  std::int32_t writers = 1; ///< how many tasks write to the topic
  timestamp watermark = stream::no_event_time;
};
CLOUDFLOW_API std::array<std::byte, 16> encode_mark(const writer_mark& mark);
/// None if this is no such header.
CLOUDFLOW_API std::optional<writer_mark> decode_mark(bytes_view from);

/// The event time behind an internal topic with several writers: how far each said it is, in durable state where there
/// is some. The watermark is the least of them, once all were heard; a writer that said nothing for a while, by the
/// log's time, does not count. Confined to its island.
class CLOUDFLOW_API repartition_marks {
  struct heard {
    timestamp mark = stream::no_event_time;
    timestamp at{}; ///< the log's time of it
    bool changed = false;
  };
  std::map<std::int32_t, heard> writers_;
  std::int32_t expected_ = 0;
  timestamp now_ = stream::no_event_time; ///< of the log, as far as it was read
  std::optional<timestamp> first_;        ///< of the log, when the first writer was heard
  timestamp told_ = stream::no_event_time;
  const std::chrono::milliseconds idle_after_;
  std::string name_;
  stream::task_state* state_ = nullptr;
  stream::durable_table<std::int64_t, std::tuple<std::int64_t, std::int64_t, std::int64_t>> table_;
  stream::commit_id last_ = stream::no_commit;
  bool open_ = false;

  [[nodiscard]] const heard* heard_of(std::int32_t writer) const;
  /// When a writer was heard last; one that never was counts from the first.
  [[nodiscard]] timestamp heard_at(std::int32_t writer) const;

public:
  explicit repartition_marks(std::chrono::milliseconds idle_after)
      : idle_after_(idle_after) {}
  void name(std::string given) { name_ = std::move(given); }
  void start(stream::task_state* state) { state_ = state; }
  [[nodiscard]] bool is_open() const { return open_; }
  /// In the first turn. Errors: those of the state.
  result<void> open();

  /// A record was read, at that time of the log.
  void note_time(timestamp of_log);
  void note(const writer_mark& mark, timestamp of_log);
  /// Holds for what was read so far.
  [[nodiscard]] timestamp watermark();
  /// The time of the log at which a silent writer stops counting, if that would move the watermark.
  [[nodiscard]] std::optional<timestamp> due() const;

  void seal(stream::commit_id n);
  /// Nothing more will be read: part of the run's last commit.
  void seal_last() { seal(stream::commit_id(last_.value() + 1)); }
};

} // namespace cloudflow::native
