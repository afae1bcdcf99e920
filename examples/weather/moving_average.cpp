#include "cloudflow/native.hpp"
#include "weather_schemas/average.hpp"
#include "weather_schemas/reading.hpp"

using namespace cloudflow;

namespace weather {

/// The mean of every gauge of every city over 30 days, every 15 days, aligned to the epoch.
class moving_average final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").event_time(&reading::timestamp).keyed_by(&reading::src, &reading::gauge);
  outlet<average> out_{"out", partition_by(&average::src, &average::gauge)};

public:
  std::string description() const override { return "Averages over 30 days, every 15 days."; }
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    using std::chrono::days;
    return ctx.source(in_)
        .key_by(&reading::src, &reading::gauge)
        .window(stream::sliding(days(30), days(15)))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          const auto& [src, gauge] = w.key;
          return average{src, gauge, w.start, w.end, w.value};
        })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(moving_average, "weather.moving-average")

} // namespace weather
