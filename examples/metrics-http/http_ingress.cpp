#include "cloudflow/native.hpp"
#include "metrics_schemas/metric.hpp"

using namespace cloudflow;

namespace metrics {

// tag::http_ingress[]
/// Metrics by HTTP: one as JSON on `/`, many as NDJSON or CSV on `/stream`.
class http_ingress final : public native::http_server_streamlet {
  outlet<metric> out_{"out", partition_by(&metric::device)};

public:
  std::string description() const override { return "Takes metrics by HTTP: one on /, many on /stream."; }
  streamlet_shape shape() const override { return serving(shape_of(out_)); }

  stream::runnable serve(const native::context& ctx, native::http_service& http) const override {
    auto in = http.entrance<metric>();
    http.take_record("/", in).take_stream("/stream", in);
    return http.source(in).to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(http_ingress, "metrics.http-ingress")
// end::http_ingress[]

} // namespace metrics
