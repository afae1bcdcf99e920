#pragma once

#include "cloudflow/http/server/server.hpp"
#include "cloudflow/http/server/test_client.hpp"
#include "cloudflow/testkit/log/hand_clock.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

namespace cloudflow::http {

inline route_table echo_routes() {
  route_table routes;
  routes.on("POST", "/echo",
            [](request r, responder answer) { answer.respond(text_response(200, std::move(r.body))); });
  return routes;
}

/// A server on a free port, on a clock that is moved by hand.
class test_server {
  testkit::hand_clock clock_;
  metric_registry metrics_;
  std::unique_ptr<server> server_;

public:
  explicit test_server(route_table routes, server_options options = {}) {
    auto made = server::start(std::move(routes), std::move(options), clock_, metrics_);
    if (!made) FAIL("no server: " << made.error().text());
    server_ = std::move(*made);
  }

  server* operator->() { return server_.get(); }
  raw_client client() { return raw_client(server_->port()); }
  /// Several turns of each thread of the server: what the sockets hold was read since.
  void settle() {
    for (int i = 0; i < 8; ++i) server_->look_at_times();
  }
  void advance(std::chrono::nanoseconds by) {
    clock_.advance(by);
    server_->look_at_times();
  }
  /// Turns of the server until it is so.
  void until(const std::function<bool()>& so) {
    while (!so()) settle();
  }
  /// The sum of a metric's values; with `label`, of those with a label of that value.
  std::uint64_t count(std::string_view name, std::string_view label = {}) {
    double sum = 0;
    for (const auto& s : metrics_.snapshot()) {
      if (s.name != name) continue;
      bool fits = label.empty();
      for (const auto& l : s.labels) fits = fits || l.second == label;
      if (fits) sum += s.value;
    }
    return static_cast<std::uint64_t>(sum);
  }
};

} // namespace cloudflow::http
