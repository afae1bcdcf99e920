#include "cloudflow/native.hpp"
#include "sensors_schemas/average.hpp"
#include "sensors_schemas/reading.hpp"

using namespace cloudflow;
using namespace std::chrono_literals;

namespace sensors {

// tag::moving_average[]
/// The mean of every gauge of every sensor over one minute, every 30 seconds of event time.
class moving_average final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src, &reading::gauge);
  outlet<average> out_{"out", partition_by(&average::src)};

public:
  std::string description() const override { return "Averages readings over a minute, every 30 seconds."; }
  streamlet_shape shape() const override { return shape_of(in_, out_); }

  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .key_by(&reading::src, &reading::gauge)
        .window(stream::sliding(1min, 30s))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          const auto& [src, gauge] = w.key;
          return average{src, gauge, w.start, w.end, w.value};
        })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(moving_average, "sensors.moving-average")
// end::moving_average[]

} // namespace sensors
