#pragma once

#include "cloudflow/http/server/server.hpp"
#include "cloudflow/http/server/test_client.hpp"
#include "cloudflow/testkit/log/hand_clock.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <future>
#include <memory>
#include <optional>

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

/// Routes whose requests the test takes in its hand: GET / and POST /plain, and POST /stream with its body.
struct held_requests {
  std::promise<responder> answer;
  std::promise<body_reader> body;

  route_table routes() {
    route_table out;
    const handler take = [this](request, responder r) { answer.set_value(std::move(r)); };
    out.on("GET", "/", take).on("POST", "/plain", take);
    out.stream("POST", "/stream", [this](request, body_reader b, responder r) {
      answer.set_value(std::move(r));
      body.set_value(std::move(b));
    });
    return out;
  }
};

/// A client has asked for /, and the answer is the test's.
class asked_server {
  held_requests held_;
  std::promise<void> gone_;
  std::optional<responder> answer_;

public:
  test_server server;
  raw_client client;

  explicit asked_server(server_options options = {})
      : server(held_.routes(), std::move(options))
      , client(server.client()) {
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    answer_ = held_.answer.get_future().get();
    answer_->on_gone([this] { gone_.set_value(); });
  }
  asked_server(const asked_server&) = delete;
  asked_server& operator=(const asked_server&) = delete;

  [[nodiscard]] responder& answer() { return *answer_; }
  /// Waits until the server has told that the client is gone.
  void until_gone() { gone_.get_future().get(); }
};

} // namespace cloudflow::http
