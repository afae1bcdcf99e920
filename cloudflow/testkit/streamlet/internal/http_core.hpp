#pragma once

#include "cloudflow/http/server_port.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cloudflow::testkit::detail {

/// One request to a streamlet under test, and what came back.
struct http_call final : http::exchange {
  std::deque<std::string> pieces; ///< of the body, not asked for yet
  std::optional<http::response> answer;
  bool streaming = false;
  bool ended = false;
  bool hung_up = false;
  std::function<void()> gone;

  void respond(http::response a) override;
  void begin_stream(http::response head) override;
  void write(std::string data, std::function<void(bool)> written) override;
  void end_stream() override;
  void read(http::chunk_callback next) override;
  void on_gone(std::function<void()> call) override;
  void forgotten() override;
};

/// A server without sockets: holds the routes of the streamlet under test.
class http_core final : public http::server_port {
public:
  std::optional<http::route_table> routes;
  http::server_options options;

  result<std::unique_ptr<http::running_server>> listen(http::route_table table, http::server_options given) override;
};

} // namespace cloudflow::testkit::detail
