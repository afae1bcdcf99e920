#include "cloudflow/http/server/server_core.hpp"

namespace cloudflow::http {

server_counters::server_counters(metric_registry& registry, const std::string& server)
    : registry_(registry)
    , server_(server)
    , received(registry.get_counter("cloudflow_http_received_bytes_total", {{"server", server}}, "Bytes from clients."))
    , sent(registry.get_counter("cloudflow_http_sent_bytes_total", {{"server", server}}, "Bytes to clients."))
    , open(registry.get_gauge("cloudflow_http_connections", {{"server", server}}, "Open connections.")) {
  for (std::size_t i = 1; i < by_class_.size(); ++i)
    by_class_[i] = &registry.get_counter("cloudflow_http_requests_total",
                                         {{"server", server}, {"status", std::to_string(i) + "xx"}},
                                         "Requests that were answered, by class of status.");
}

void server_counters::refused(int status) {
  registry_
      .get_counter("cloudflow_http_refused_total", {{"server", server_}, {"status", std::to_string(status)}},
                   "Requests and connections that the server refused by its limits and its reading of HTTP.")
      .add();
}

} // namespace cloudflow::http
