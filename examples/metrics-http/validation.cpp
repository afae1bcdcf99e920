#include "cloudflow/native.hpp"
#include "metrics_schemas/metric.hpp"
#include "metrics_schemas/rejected.hpp"

#include <chrono>
#include <cmath>
#include <variant>

using namespace cloudflow;

namespace metrics {

/// Splits metrics into those that can be and those that cannot. Shape: `in` -> `valid`, `invalid`, both by device.
class validation final : public native::streamlet {
  inlet<metric> in_ = inlet<metric>("in").event_time(&metric::timestamp);
  outlet<metric> valid_{"valid", partition_by(&metric::device)};
  outlet<rejected> invalid_{"invalid", partition_by(&rejected::device)};
  config_parameter<std::chrono::milliseconds> remember_{
      "remember", "For how long a request that comes again is known by its Idempotency-Key.", std::chrono::hours(24)};
  config_parameter<double> max_{"max-value", "Metrics above this are rejected.", 10'000.0};

public:
  std::string description() const override { return "Separates metrics that can be from those that cannot."; }
  streamlet_shape shape() const override { return shape_of(in_, valid_, invalid_).with(remember_, max_); }

  // tag::validation_build[]
  stream::runnable build(const native::context& ctx) const override {
    return ctx.dedup(in_, ctx.value(remember_))
        .map([max = ctx.value(max_)](metric m) -> std::variant<metric, rejected> {
          const auto reject = [&](const char* why) { return rejected{m.device, m.name, m.value, why}; };
          if (m.device.empty()) return reject("it has no device");
          if (!std::isfinite(m.value)) return reject("its value is no number");
          if (m.value < 0) return reject("its value is negative");
          if (m.value > max) return reject("its value is too large");
          return m;
        })
        .split_to(ctx.sink(valid_), ctx.sink(invalid_));
  }
  // end::validation_build[]
};
CLOUDFLOW_STREAMLET(validation, "metrics.validation")

} // namespace metrics
