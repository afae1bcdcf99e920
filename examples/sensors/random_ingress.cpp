#include "cloudflow/native.hpp"
#include "sensors_schemas/reading.hpp"

#include "cloudflow/base/random.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

using namespace cloudflow;
using namespace std::chrono_literals;

namespace sensors {

/// Makes readings up: a walk of ten sensors with three gauges each. Event time runs `speed` times as fast as the clock,
/// and the first `backlog` of it is there at once, so that averages appear immediately.
class random_ingress final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src, &reading::gauge)};
  config_parameter<std::int32_t> rate_{"rate", "Readings per second.", 1000};
  config_parameter<double> speed_{"speed", "Seconds of event time per second.", 60.0};
  config_parameter<std::chrono::milliseconds> backlog_{"backlog", "Event time that is emitted at once at the start.",
                                                       3min};

public:
  std::string description() const override { return "Makes random readings of ten sensors."; }
  streamlet_shape shape() const override { return shape_of(out_).with(rate_, speed_, backlog_); }

  stream::runnable build(const native::context& ctx) const override {
    const double rate = ctx.value(rate_);
    const auto step = std::chrono::duration<double, std::milli>(ctx.value(speed_) * 1000.0 / rate);
    const auto backlog = ctx.value(backlog_);
    const auto at_once = static_cast<std::int64_t>(std::ceil(backlog / step));
    constexpr auto interval = 10ms;
    constexpr std::int64_t at_most = 50'000; // per tick: what flat_map makes of one element lies in memory
    return stream::tick(interval)
        .flat_map([=, random = seeded_random(entropy_seed()), made = std::int64_t{0},
                   start = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) -
                           backlog](std::uint64_t tick) mutable {
          const auto asked =
              at_once + static_cast<std::int64_t>(rate * std::chrono::duration<double>(interval).count() *
                                                  static_cast<double>(tick));
          const auto due = std::min(asked, made + at_most);
          std::vector<reading> readings;
          readings.reserve(static_cast<std::size_t>(due - made));
          for (; made < due; ++made) {
            static constexpr std::array gauges = {"oil", "gas", "water"};
            const auto sensor = random.below(10);
            const auto gauge = random.below(gauges.size());
            const auto at = start + std::chrono::floor<std::chrono::milliseconds>(step * static_cast<double>(made));
            readings.push_back({"sensor-" + std::to_string(sensor), at, gauges[gauge],
                                20.0 * random.unit() + 5.0 * static_cast<double>(gauge)});
          }
          return readings;
        })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(random_ingress, "sensors.random-ingress")

} // namespace sensors
