// `sensors`, to be run for an hour: readings whose averages are known without being added up, and streamlets that fail
// at random. run.py says what must come out.
#include "cloudflow/native.hpp"
#include "endurance_schemas/average.hpp"
#include "endurance_schemas/reading.hpp"

#include "cloudflow/base/json_writer.hpp"

#include <atomic>
#include <random>
#include <stdexcept>
#include <string>

using namespace cloudflow;

namespace endurance {

constexpr std::int64_t first_millisecond = 28'333'333LL * 60'000;

// One reading a millisecond of event time, from ten sources with three gauges each in turn: 2,000 per gauge and minute,
// of which the mean is 24.5 more than the minute's number.
reading reading_of(std::int64_t n) {
  const auto minute = n / 60'000;
  const auto in_minute = n % 60'000;
  return {"s" + std::to_string(n % 10), timestamp(std::chrono::milliseconds(first_millisecond + n)),
          "g" + std::to_string(n % 3), static_cast<double>(in_minute / 30 % 50 + minute % 1'000)};
}

/// Throws once, after a random number of elements; a restart makes another.
class trap {
  std::int64_t left_;

  static std::int64_t chosen(std::int64_t seed, std::int64_t mean) {
    static std::atomic<std::uint64_t> made{0}; // each differs from those before it in this process
    if (mean == 0) return -1;
    std::mt19937_64 random(static_cast<std::uint64_t>(seed) * 1'000'003 + made.fetch_add(1));
    return std::uniform_int_distribution<std::int64_t>(1, 2 * mean)(random);
  }

public:
  trap(std::int64_t seed, std::int64_t mean)
      : left_(chosen(seed, mean)) {}
  void step() {
    if (left_ > 0 && --left_ == 0) throw std::runtime_error("on purpose");
  }
};

class ingress final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src, &reading::gauge)};
  config_parameter<std::int32_t> minutes_{"minutes", "Of event time, 60,000 readings each.", 100};
  config_parameter<std::int32_t> seed_{"seed", "Of the failures.", 1};
  config_parameter<std::int32_t> mean_{"mean", "Readings between two failures; 0: none.", 0};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(minutes_, seed_, mean_, seekable()); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::source(stream::sequence([count = std::int64_t{60'000} * ctx.value(minutes_),
                                            fails = trap(ctx.value(seed_), ctx.value(mean_))](
                                               std::int64_t n) mutable -> std::optional<reading> {
             if (n >= count) return std::nullopt;
             fails.step();
             return reading_of(n);
           }))
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(ingress, "endurance.ingress")

class averages final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in")
                           .event_time(&reading::timestamp)
                           .keyed_by(&reading::src, &reading::gauge)
                           .on_error(error_policy::fail);
  outlet<average> out_{"out", partition_by(&average::src)};
  config_parameter<std::int32_t> seed_{"seed", "Of the failures.", 2};
  config_parameter<std::int32_t> mean_{"mean", "Readings of a task between two failures; 0: none.", 0};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_).with(seed_, mean_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([fails = trap(ctx.value(seed_), ctx.value(mean_))](reading r) mutable {
          fails.step();
          return r;
        })
        .key_by(&reading::src, &reading::gauge)
        .window(stream::tumbling(std::chrono::minutes(1)))
        .aggregate(stream::avg(&reading::value))
        .map([](const auto& w) {
          const auto& [src, gauge] = w.key;
          return average{src, gauge, w.start, w.value};
        })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(averages, "endurance.averages")

class egress final : public native::streamlet {
  inlet<average> in_ = inlet<average>("in").on_error(error_policy::fail);
  config_parameter<std::string> path_{"path", "Where the CSV file is written.", "endurance.csv"};
  config_parameter<std::int32_t> seed_{"seed", "Of the failures.", 3};
  config_parameter<std::int32_t> mean_{"mean", "Averages of a task between two failures; 0: none.", 0};

public:
  streamlet_shape shape() const override { return shape_of(in_).with(path_, seed_, mean_, transactional_sink()); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([fails = trap(ctx.value(seed_), ctx.value(mean_))](const average& a) mutable {
          fails.step();
          return a.src + "," + a.gauge + "," + std::to_string(a.window_start.time_since_epoch().count()) + "," +
                 shortest(a.value);
        })
        .to(ctx.file_sink(ctx.value(path_), "src,gauge,window_start,value"));
  }
};
CLOUDFLOW_STREAMLET(egress, "endurance.egress")

} // namespace endurance
