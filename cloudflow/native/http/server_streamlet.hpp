#pragma once

#include "cloudflow/native/http/service.hpp"
#include "cloudflow/native/streamlet.hpp"

#include <cstdint>
#include <string>

namespace cloudflow::native {

/// A streamlet that serves HTTP: it says what is served, the runtime binds before the streamlet is ready. An ingress:
///
///     class metric_ingress final : public native::http_server_streamlet {
///       outlet<metric> out_{"out", partition_by(&metric::device)};
///
///     public:
///       streamlet_shape shape() const override { return serving(shape_of(out_)); }
///       stream::runnable serve(const context& ctx, http_service& http) const override {
///         auto in = http.entrance<metric>();
///         http.take_record("/", in).take_stream("/stream", in);
///         return http.source(in).to(ctx.sink(out_));
///       }
///     };
///
/// Listens on the port of the parameter `port`; without one, in the sandbox, on the first free one from 3000 on. On
/// loopback in the sandbox, on all addresses in pods. With `tls-certificate-file` and `tls-key-file` (mounted PEM
/// files) by TLS. Delivery: a 202 says that the log has the record; a client that sees none sends it again (at least
/// once), with the same `Idempotency-Key` if the next streamlet reads with `ctx.dedup`. Page: docs/develop/http.md
class CLOUDFLOW_API http_server_streamlet : public streamlet {
  cloudflow::streamlet::config_parameter<std::int32_t> port_;
  cloudflow::streamlet::config_parameter<std::string> certificate_;
  cloudflow::streamlet::config_parameter<std::string> key_;

public:
  http_server_streamlet();
  [[nodiscard]] stream::runnable build(const context& ctx) const final;

protected:
  /// The shape with what every server has: the attribute and the parameters named above.
  [[nodiscard]] cloudflow::streamlet::streamlet_shape serving(cloudflow::streamlet::streamlet_shape shape) const;
  /// Adds routes and describes the graph. Called once a task, as `build` is.
  [[nodiscard]] virtual stream::runnable serve(const context& ctx, http_service& http) const = 0;
};

} // namespace cloudflow::native
