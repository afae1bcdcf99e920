#include "cloudflow/native.hpp"
#include "weather_schemas/average.hpp"

#include "cloudflow/base/json_writer.hpp"

using namespace cloudflow;

namespace weather {

/// Writes averages to a CSV file: `src,gauge,window_start,window_end,value`; times in milliseconds since the epoch,
/// values in their shortest form that reads back equal.
class csv_egress final : public native::streamlet {
  inlet<average> in_{"in"};
  config_parameter<std::string> path_{"path", "Where the CSV file is written.", "weather-averages.csv"};

  static std::string line(const average& a) {
    return a.src + "," + a.gauge + "," + std::to_string(a.window_start.time_since_epoch().count()) + "," +
           std::to_string(a.window_end.time_since_epoch().count()) + "," + shortest(a.value);
  }

public:
  std::string description() const override { return "Writes averages to a CSV file."; }
  streamlet_shape shape() const override { return shape_of(in_).with(path_, transactional_sink()); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map(line).to(ctx.file_sink(ctx.value(path_), "src,gauge,window_start,window_end,value"));
  }
};
CLOUDFLOW_STREAMLET(csv_egress, "weather.csv-egress")

} // namespace weather
