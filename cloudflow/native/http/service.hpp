#pragma once

#include "cloudflow/http/server_port.hpp"
#include "cloudflow/native/context.hpp"
#include "cloudflow/native/http/entrance_port.hpp"
#include "cloudflow/native/http/ingress_routes.hpp"
#include "cloudflow/native/http/request_key.hpp"

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace cloudflow::native {

class event_hub;

namespace detail {

/// The server of one instance, and what its tasks share of it. Thread-safe.
class CLOUDFLOW_API http_host : public std::enable_shared_from_this<http_host> {
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<record_entrance>> entrances_; // owners: routes, sources, this
  std::map<std::string, std::shared_ptr<event_hub>> hubs_;            // owners: routes, sinks, this
  bool bound_ = false;
  bool draining_ = false;
  std::unique_ptr<http::running_server> server_; // last: it ends first

public:
  http_host();
  http_host(const http_host&) = delete;
  http_host& operator=(const http_host&) = delete;
  ~http_host();

  std::shared_ptr<record_entrance> entrance(const std::string& name, const std::shared_ptr<pressure_gate>& gate);
  std::shared_ptr<event_hub> hub(const std::string& path, metric_registry& metrics, const std::string& streamlet);
  /// Once per instance; later calls do nothing. Port 0: the first free one from 3000 on, else any.
  result<void> bind(http::server_port* port, http::route_table routes, http::server_options options,
                    const std::function<void(std::uint16_t)>& bound);
  /// No new connections; uploads end; requests in flight are answered; then the entrances are closed.
  void drain();
};

} // namespace detail

/// A place where requests put records of a type; routes of your own use it: `in.offer(record, receipt)`. A cheap copy.
/// Thread-safe.
template <schema::record T> class http_entrance {
  std::shared_ptr<record_entrance> entrance_; // owners: routes, source, instance

public:
  explicit http_entrance(std::shared_ptr<record_entrance> e)
      : entrance_(std::move(e)) {}

  /// `done` is told once what became of the record, on any thread. It is not called unless the record is taken. `key`
  /// (`request_key_of(headers).text`) travels along in the header `Idempotency-Key` of what comes of the record.
  offer_outcome offer(const T& record, std::function<void(entry_outcome)> done, std::string key = {}) const {
    struct receipt final : entry_receipt {
      std::function<void(entry_outcome)> tell;
      void settled(entry_outcome how) noexcept override { tell(how); }
    };
    const auto r = std::make_shared<receipt>();
    r->tell = std::move(done);
    bytes value;
    schema::codec<T>::encode(record, value);
    return entrance_->offer(value, r, std::move(key));
  }
  [[nodiscard]] const std::shared_ptr<record_entrance>& core() const { return entrance_; }
};

/// What `serve` builds its routes and graph with. Confined to `serve`; what routes capture must not be tied to a task:
/// they are shared by all tasks of the instance.
class CLOUDFLOW_API http_service {
  const context& ctx_;
  std::shared_ptr<detail::http_host> host_; // owners: the instance, its sources
  http::route_table routes_;

public:
  explicit http_service(const context& ctx);

  /// Routes of your own; the first that fits is taken.
  [[nodiscard]] http::route_table& routes() { return routes_; }

  /// POST and PUT of one record on `path`: see `add_record_route`.
  template <schema::record T> http_service& take_record(const std::string& path, const http_entrance<T>& into) {
    add_record_route(routes_, path, into.core(), schema::codec<T>::definition());
    return *this;
  }
  /// POST and PUT of many records on `path`, NDJSON or CSV: see `add_stream_route`.
  template <schema::record T> http_service& take_stream(const std::string& path, const http_entrance<T>& into) {
    add_stream_route(routes_, path, into.core(), schema::codec<T>::definition());
    return *this;
  }
  /// GET on `path` is an event stream of the lines that go into this sink.
  [[nodiscard]] port_line_sink events(const std::string& path);

  template <schema::record T> [[nodiscard]] http_entrance<T> entrance(const std::string& name = "records") {
    return http_entrance<T>(host_->entrance(name, ctx_.services()->gate()));
  }
  /// The records that came in. A request is answered when everything that came of its record is safe: in the log.
  template <schema::record T> [[nodiscard]] auto source(const http_entrance<T>& from) {
    auto drain = [host = host_] { host->drain(); };
    return stream::source(std::unique_ptr<stream::source_port<T>>(
        std::make_unique<entrance_port<T>>(from.core(), std::move(drain), rejected())));
  }

  /// Listens, on port 0 on the first free one from 3000 on; throws context_error if it cannot. Called by
  /// `http_server_streamlet`.
  void bind(http::server_options options);

private:
  counter& rejected();
};

} // namespace cloudflow::native
