#include "cloudflow/native.hpp"
#include "metrics_schemas/metric.hpp"
#include "metrics_schemas/rejected.hpp"

#include "cloudflow/base/json_writer.hpp"

using namespace cloudflow;

namespace metrics {

/// Writes valid metrics to the console of the application, one JSON object a line.
class valid_report final : public native::streamlet {
  inlet<metric> in_{"in"};

  static std::string line(const metric& m) {
    json_writer json;
    json.begin_object().member("valid", m.device).member("name", m.name).member("value", m.value);
    if (m.unit) json.member("unit", *m.unit);
    json.end_object();
    return std::move(json).text();
  }

public:
  std::string description() const override { return "Prints valid metrics, one JSON object a line."; }
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(line).to(ctx.console_sink());
  }
};
CLOUDFLOW_STREAMLET(valid_report, "metrics.valid-report")

/// Writes rejected metrics, with the reason.
class invalid_report final : public native::streamlet {
  inlet<rejected> in_{"in"};

  static std::string line(const rejected& r) {
    json_writer json;
    json.begin_object().member("invalid", r.device).member("name", r.name).member("value", r.value);
    json.member("reason", r.reason).end_object();
    return std::move(json).text();
  }

public:
  std::string description() const override { return "Prints rejected metrics and why, one JSON object a line."; }
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(line).to(ctx.console_sink());
  }
};
CLOUDFLOW_STREAMLET(invalid_report, "metrics.invalid-report")

} // namespace metrics
