#pragma once

#include "cloudflow/base/metric.hpp"
#include "cloudflow/http/routes.hpp"
#include "cloudflow/stream/sink/lines.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace cloudflow::native {

/// Sends each line as a server-sent event to everybody who listens. Who listens sees what comes from then on; who does
/// not keep up is cut off when 1 MiB is waiting for it, and never holds the others up. Owners: the route, the sinks,
/// the instance. Thread-safe.
class CLOUDFLOW_API event_hub final : public stream::line_output, public std::enable_shared_from_this<event_hub> {
  std::mutex mutex_;
  std::map<std::uint64_t, http::response_stream> listeners_;
  std::uint64_t next_ = 0;
  bool ended_ = false;
  gauge& listening_;

public:
  explicit event_hub(gauge& listening)
      : listening_(listening) {}
  result<void> write(std::string_view lines) override;
  void add_route(http::route_table& routes, const std::string& path);
  /// Ends the streams of all.
  void end();

private:
  void listen(const http::responder& answer);
  void forget(std::uint64_t listener);
};

} // namespace cloudflow::native
