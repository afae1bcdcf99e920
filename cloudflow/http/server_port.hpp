#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/http/routes.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cloudflow::http {

/// What a server bears (DETAILS §6). Times are looked at once a second.
struct server_limits {
  std::size_t header_bytes = std::size_t{16} << 10U; ///< of a header block; more is 431
  std::size_t body_bytes = std::size_t{1} << 20U;    ///< on plain routes; more is 413, before it is read if it is told
  std::chrono::milliseconds header_time{10'000};     ///< from its first byte to the end of a header block; then 408
  std::chrono::milliseconds body_time{30'000};       ///< for the body of a plain route; then 408
  /// Without a byte of a streamed body although we asked for some; then 408. Our own back-pressure does not count.
  std::chrono::milliseconds silence_time{30'000};
  std::chrono::milliseconds idle_time{75'000}; ///< without a request; then closed. Also: without a byte taken from us
  std::size_t connections = 1024;              ///< more are answered 503
  std::size_t in_flight_bytes = std::size_t{64} << 20U; ///< bodies held, all connections together; more is 503
  std::chrono::seconds retry_after{1};                  ///< what a 503 of ours says
  std::chrono::milliseconds heartbeat{15'000};          ///< comments on an event stream that is silent
};

/// Certificate chain and key, as PEM files that are mounted.
struct tls_files {
  std::filesystem::path certificate;
  std::filesystem::path key;
};

struct server_options {
  std::string name = "http"; ///< for logs, threads and metrics
  std::string address = "127.0.0.1";
  std::uint16_t port = 0; ///< 0: one that is free
  unsigned threads = 1;
  server_limits limits{};
  std::optional<tls_files> tls{};
};

/// A server that listens. Destroying it aborts what is in flight, and waits for its threads. Thread-safe.
class CLOUDFLOW_API running_server {
public:
  virtual ~running_server() = default;
  [[nodiscard]] virtual std::uint16_t port() const = 0;
  /// Stops accepting, closes idle connections, lets requests in flight finish until the deadline, aborts the rest; then
  /// calls back, on a thread of the server.
  virtual void drain(std::chrono::milliseconds deadline, std::function<void()> done) = 0;
};

/// Where servers come from: the seam through which a tool lends its server to the core.
class CLOUDFLOW_API server_port {
public:
  virtual ~server_port() = default;
  /// Listens when it returns. Errors: `invalid_argument` (address, certificate), `conflict` (the port is taken),
  /// `io_error`.
  virtual result<std::unique_ptr<running_server>> listen(route_table routes, server_options options) = 0;
};

} // namespace cloudflow::http
