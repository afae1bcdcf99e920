#include "cloudflow/native.hpp"
#include "sensors_schemas/average.hpp"

#include "cloudflow/base/json_writer.hpp"

using namespace cloudflow;

namespace sensors {

/// Writes averages to the console of the application, one JSON object a line.
class console_egress final : public native::streamlet {
  inlet<average> in_{"in"};

  static std::string line(const average& a) {
    json_writer json;
    json.begin_object().member("src", a.src).member("gauge", a.gauge);
    json.member("window_start", a.window_start.time_since_epoch().count());
    json.member("window_end", a.window_end.time_since_epoch().count());
    json.member("avg", a.avg).end_object();
    return std::move(json).text();
  }

public:
  std::string description() const override { return "Prints averages, one JSON object a line."; }
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(line).to(ctx.console_sink());
  }
};
CLOUDFLOW_STREAMLET(console_egress, "sensors.console-egress")

} // namespace sensors
