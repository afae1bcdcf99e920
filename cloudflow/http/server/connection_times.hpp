#pragma once

#include <chrono>

namespace cloudflow::http {

/// What a connection waits for until when. Confined to its connection.
struct connection_times {
  /// What it waits for, and what happens when that takes too long.
  enum class waiting {
    nothing,
    idle,    ///< closed
    header,  ///< 408
    body,    ///< 408
    silence, ///< 408
    linger   ///< closed
  };
  static constexpr auto never = std::chrono::nanoseconds::max();

  waiting what = waiting::nothing;
  std::chrono::nanoseconds deadline = never;
  std::chrono::nanoseconds write_deadline = never; ///< of the socket that takes nothing: closed
  std::chrono::nanoseconds heartbeat = never;      ///< of an event stream

  void wait_for(waiting w, std::chrono::nanoseconds until) {
    what = w;
    deadline = until;
  }
  void wait_for_nothing() { wait_for(waiting::nothing, never); }
  void end() { deadline = write_deadline = heartbeat = never; }
  [[nodiscard]] bool due(std::chrono::nanoseconds now) const {
    return now >= deadline || now >= write_deadline || now >= heartbeat;
  }
};

} // namespace cloudflow::http
