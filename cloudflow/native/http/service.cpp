#include "cloudflow/native/http/service.hpp"

#include "cloudflow/base/logging.hpp"
#include "cloudflow/native/http/event_hub.hpp"

namespace cloudflow::native {

namespace {

constexpr std::uint16_t first_port = 3000;
constexpr std::uint16_t last_port = 3099;
constexpr auto drain_time = std::chrono::seconds(20); // less than what a drain has in all (DESIGN §5)

} // namespace

namespace detail {

http_host::http_host() = default;

http_host::~http_host() {
  for (const auto& [path, hub] : hubs_) hub->end();
  server_.reset();
  for (const auto& [name, entrance] : entrances_) entrance->discard();
}

std::shared_ptr<record_entrance> http_host::entrance(const std::string& name,
                                                     const std::shared_ptr<pressure_gate>& gate) {
  const std::lock_guard lock(mutex_);
  auto& slot = entrances_[name];
  if (!slot) slot = std::make_shared<record_entrance>(gate);
  return slot;
}

std::shared_ptr<event_hub> http_host::hub(const std::string& path, metric_registry& metrics,
                                          const std::string& streamlet) {
  const std::lock_guard lock(mutex_);
  auto& slot = hubs_[path];
  if (!slot)
    slot = std::make_shared<event_hub>(metrics.get_gauge("cloudflow_event_stream_listeners",
                                                         {{"path", path}, {"streamlet", streamlet}},
                                                         "Clients that listen to an event stream."));
  return slot;
}

result<void> http_host::bind(http::server_port* port, http::route_table routes, http::server_options options,
                             const std::function<void(std::uint16_t)>& bound) {
  const std::lock_guard lock(mutex_);
  if (std::exchange(bound_, true)) return {};
  if (port == nullptr) return user_error(errc::unsupported, "this host lends no HTTP server");
  const bool any = options.port == 0;
  if (any) options.port = first_port;
  for (;;) {
    auto made = port->listen(routes, options);
    if (made) {
      server_ = std::move(*made);
      bound(server_->port());
      return {};
    }
    if (!any || made.error().code != errc::conflict || options.port == 0) {
      bound_ = false;
      return unexpected(made.error());
    }
    options.port = options.port == last_port ? std::uint16_t{0} : static_cast<std::uint16_t>(options.port + 1);
  }
}

void http_host::drain() {
  std::map<std::string, std::shared_ptr<record_entrance>> entrances;
  std::map<std::string, std::shared_ptr<event_hub>> hubs;
  http::running_server* server = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(draining_, true)) return;
    entrances = entrances_;
    hubs = hubs_;
    server = server_.get();
  }
  for (const auto& [name, entrance] : entrances) entrance->begin_drain();
  for (const auto& [path, hub] : hubs) hub->end();
  const auto close = [entrances] {
    for (const auto& [name, entrance] : entrances) entrance->close();
  };
  if (server == nullptr) return close();
  server->drain(drain_time, close);
}

} // namespace detail

http_service::http_service(const context& ctx)
    : ctx_(ctx)
    , host_(std::static_pointer_cast<detail::http_host>(
          ctx.services()->shared("http server", [] { return std::make_shared<detail::http_host>(); }))) {}

port_line_sink http_service::events(const std::string& path) {
  auto hub = host_->hub(path, ctx_.metrics(), ctx_.name().value());
  hub->add_route(routes_, path);
  return line_sink("events " + path, std::move(hub), ctx_.services());
}

counter& http_service::rejected() {
  return ctx_.metrics().get_counter("cloudflow_http_rejected_records_total", {{"streamlet", ctx_.name().value()}},
                                    "Records of requests at which user code threw.");
}

void http_service::bind(http::server_options options) {
  const auto scheme = options.tls ? "https://" : "http://";
  const auto address = options.address;
  auto done = host_->bind(ctx_.services()->servers(), std::move(routes_), std::move(options), [&](std::uint16_t port) {
    const auto at = scheme + address + ":" + std::to_string(port);
    logging::info(ctx_.logger(), "listening", logging::kv("at", at));
    ctx_.services()->listening(at);
  });
  if (!done) throw streamlet::context_error("cannot serve HTTP: " + done.error().text());
}

} // namespace cloudflow::native
