#pragma once

#include "cloudflow/http/exchange.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::http {

/// The body has arrived.
using handler = std::function<void(request, responder)>;
/// The body is read piece by piece.
using stream_handler = std::function<void(request, body_reader, responder)>;

/// One way in: method and path. Exactly one of the handlers is set. Handlers are called on the server's threads,
/// several at once if it has several, must not block, and answer when they can.
struct route {
  std::string method;
  std::string pattern;
  handler whole{};
  stream_handler streaming{};
};

/// Who answers which requests: `table.on("POST", "/", f)`. A pattern is a path whose segments may be names in braces
/// ("/sensors/{id}"), which match one segment each, and whose last may be "*", which matches the rest. The first route
/// that fits is taken. Value type.
class CLOUDFLOW_API route_table {
  std::vector<route> routes_;

public:
  route_table& on(std::string method, std::string pattern, handler h);
  route_table& stream(std::string method, std::string pattern, stream_handler h);

  struct found {
    const route* at = nullptr;
    int status = 404;  ///< where there is none: 404, or 405 with `allow`
    std::string allow; ///< "GET, HEAD, POST"
  };
  /// Finds the route of a request and sets its `parameters`. GET routes take HEAD requests too.
  [[nodiscard]] found find(request& r) const;
  [[nodiscard]] const std::vector<route>& all() const { return routes_; }
};

/// Splits the target of a request into `path` and `query`. False if it is none that a server of origin takes.
CLOUDFLOW_API bool read_target(request& r);

} // namespace cloudflow::http
