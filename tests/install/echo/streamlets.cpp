#include "echo/streamlet.hpp"

#include "echo_schemas/number.hpp"
#include <cloudflow/native.hpp>
#include <ranges>

using namespace cloudflow;

namespace echo {

class numbers final : public native::streamlet {
  outlet<number> out_{"out", partition_by(&number::n)};
  config_parameter<std::int32_t> count_{"count", "How many numbers there are.", 1000};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_); }
  stream::runnable build(const native::context& ctx) const override {
    const std::int64_t count = ctx.value(count_);
    return stream::source(std::views::iota(std::int64_t{0}, count))
        .map([](std::int64_t n) { return number{n}; })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(numbers, "echo.numbers")

class repeat final : public streamlet {
  inlet<number> in_{"in"};
  outlet<number> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
};
CLOUDFLOW_STREAMLET(repeat, "echo.repeat")

class console final : public native::streamlet {
  inlet<number> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_).map([](const number& n) { return std::to_string(n.n); }).to(ctx.console_sink());
  }
};
CLOUDFLOW_STREAMLET(console, "echo.console")

} // namespace echo
