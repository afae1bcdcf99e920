#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::application_test;
using testkit::expectation_failed;

namespace {

// Writes readings 0 to 99 and completes; `from` is where it starts.
class counting final : public native::streamlet {
  outlet<reading> out_{"out", partition_by(&reading::src)};
  config_parameter<std::int32_t> count_{"count", "How many.", 100};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::iterate(ctx.value(count_))
        .map([](int n) {
          return reading{"s" + std::to_string(n % 7), timestamp(std::chrono::milliseconds(n)), "oil", 1.0 * n};
        })
        .to(ctx.sink(out_));
  }
};

class doubling final : public native::streamlet {
  inlet<reading> in_{"in"};
  outlet<reading> out_{"out", partition_by(&reading::src)};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](reading r) {
          if (r.value == 666) throw std::runtime_error("the beast");
          r.value *= 2;
          return r;
        })
        .to(ctx.sink(out_));
  }
};

class printing final : public native::streamlet {
  inlet<reading> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](const reading& r) { return std::to_string(static_cast<int>(r.value)); })
        .to(ctx.console_sink());
  }
};
} // namespace
CLOUDFLOW_STREAMLET(counting, "test.counting")
CLOUDFLOW_STREAMLET(doubling, "test.doubling")
CLOUDFLOW_STREAMLET(printing, "test.printing")
