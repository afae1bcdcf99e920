#pragma once

#include "cloudflow/log/topic_log.hpp"

#include <string>
#include <vector>

namespace cloudflow::cli {

/// Counts how often a dead letter was sent back; decimal digits.
inline constexpr std::string_view redriven_header = "cf-redriven";

/// A topic of dead letters, `<app>.<streamlet>.<inlet>.dead`.
struct dead_letters {
  topic_name topic;
  std::string port;         ///< "streamlet.inlet"
  group_name reader;        ///< `<app>.<streamlet>.<inlet>`: the group that could not read them
  group_name redrive;       ///< remembers which were sent back
  std::int64_t kept = 0;    ///< records that the topic has
  std::int64_t waiting = 0; ///< of those, the ones that were not sent back
};

/// All of a log, by name. Reads them: a topic's offsets count transactions too.
result<std::vector<dead_letters>> find_dead_letters(log::topic_log& log);

/// Those of one inlet. Errors: `not_found`, with the nearest; `conflict` if two applications have such an inlet.
result<dead_letters> find_dead_letters(log::topic_log& log, const std::string& port);

/// The topic from which they came: the one that the inlet's group reads, else the one that the oldest of them names.
/// Errors: `not_found`, `conflict` (it reads several).
result<topic_name> origin_of(log::topic_log& log, const dead_letters& letters);

/// Sends those that wait to `to`, as they were before they died: without the headers that say why, and with their own
/// timestamp. Each exactly once: a transaction holds them and the position behind them, so that
/// after a crash the same call goes on where it was. Gives their number. Errors: the log's (`closed`: all writers of
/// the topic completed).
result<std::uint64_t> redrive(log::topic_log& log, const dead_letters& letters, const topic_name& to);

} // namespace cloudflow::cli
