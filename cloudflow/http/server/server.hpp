#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/server_port.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace cloudflow::http {

class worker;
struct server_core;

/// An HTTP/1.1 server on Boost.Beast and Asio, on one or few threads of its own, named after it. Holds the limits of
/// `server_limits`; refuses what is malformed with 400 and closes. Thread-safe. Source: RFC 9110, RFC 9112.
class server final : public running_server {
  class listener;
  std::shared_ptr<server_core> core_; // owners: see server_core
  std::vector<std::shared_ptr<worker>> workers_;
  std::vector<std::jthread> threads_;
  std::shared_ptr<listener> listener_; // owners: this, its operation that runs
  std::uint16_t port_ = 0;

  server() = default;

public:
  /// Listens when it returns. Clock and metrics outlive it. Errors: those of `server_port::listen`.
  static result<std::unique_ptr<server>> start(route_table routes, server_options options, const clock_source& clock,
                                               metric_registry& metrics);
  server(const server&) = delete;
  server& operator=(const server&) = delete;
  ~server() override;

  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void drain(std::chrono::milliseconds deadline, std::function<void()> done) override;
  /// Looks at the connections' times now: after a clock was moved by hand. Waits for it; not on a thread of the server.
  void look_at_times();
};

/// The port of servers, on this one.
class beast_server_port final : public server_port {
  const clock_source& clock_;
  metric_registry& metrics_;

public:
  beast_server_port(const clock_source& clock, metric_registry& metrics)
      : clock_(clock)
      , metrics_(metrics) {}
  result<std::unique_ptr<running_server>> listen(route_table routes, server_options options) override;
};

} // namespace cloudflow::http
