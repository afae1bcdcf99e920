#pragma once

#include "cloudflow/http/message.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cloudflow::testkit {

namespace detail {
struct http_call;
class http_core;
} // namespace detail

/// What a streamlet answers to one request; it may come later. A cheap copy.
class http_answer {
  std::shared_ptr<detail::http_call> call_; // owners: the answers, the streamlet's handles

public:
  explicit http_answer(std::shared_ptr<detail::http_call> call)
      : call_(std::move(call)) {}
  [[nodiscard]] bool there() const;
  /// 0 until it is there.
  [[nodiscard]] int status() const;
  /// What there is of it: an event stream grows.
  [[nodiscard]] const std::string& body() const;
  /// A header's value; empty if there is none.
  [[nodiscard]] std::string header(std::string_view name) const;
  [[nodiscard]] bool ended() const;
  /// The client goes away.
  void hang_up();
};

/// The test's client of a streamlet that serves HTTP: requests go to its routes without a socket.
///
///     testkit::streamlet_test t("metrics.http-ingress");
///     auto http = t.http();
///     auto out = t.probe<metric>("out");
///     t.start();
///     auto answer = http.send("POST", "/", R"({"id":"a"})");
///     t.run();
///     CHECK(answer.status() == 202);
///
/// A cheap copy. Confined to the test's thread.
class http_probe {
  std::shared_ptr<detail::http_core> core_; // owners: the rig and its probes

public:
  explicit http_probe(std::shared_ptr<detail::http_core> core)
      : core_(std::move(core)) {}
  /// A request as the server hands it over. Throws expectation_failed if nothing is served yet.
  http_answer send(std::string method, std::string target, std::string body = {}, http::header_list headers = {});
  /// On a streaming route: the pieces arrive as the streamlet asks for them.
  http_answer send_pieces(std::string method, std::string target, std::vector<std::string> pieces,
                          http::header_list headers = {});
};

} // namespace cloudflow::testkit
