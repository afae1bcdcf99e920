#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/server_port.hpp"

#include <array>
#include <atomic>
#include <cstdint>
#include <string>

namespace cloudflow::http {

/// What a server counts. Thread-safe.
class server_counters {
  metric_registry& registry_;
  std::string server_;
  std::array<counter*, 6> by_class_{};

public:
  counter& received;
  counter& sent;
  gauge& open;

  server_counters(metric_registry& registry, const std::string& server);
  void answered(int status) {
    if (status >= 100 && status < 600) by_class_[static_cast<std::size_t>(status / 100)]->add();
  }
  /// Refused by the server itself, not by a handler.
  void refused(int status);
};

/// What the connections of one server share. Lives as long as the last handle of the last request: those may outlive
/// the server. Thread-safe.
struct server_core {
  route_table routes;
  server_options options;
  const clock_source& clock; ///< not asked after the server's end
  server_counters counters;  ///< neither
  std::atomic<std::size_t> connections{0};
  std::atomic<std::size_t> in_flight{0};
  std::atomic<bool> draining{false};
  std::atomic<bool> stopping{false};

  server_core(route_table r, server_options o, const clock_source& c, metric_registry& m)
      : routes(std::move(r))
      , options(std::move(o))
      , clock(c)
      , counters(m, options.name) {}
};

} // namespace cloudflow::http
