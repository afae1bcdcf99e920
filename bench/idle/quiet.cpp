#include "cloudflow/native.hpp"

#include <memory>

using namespace cloudflow;

namespace bench {

/// An ingress to which nothing ever comes: its source is armed and sleeps.
class quiet_ingress final : public native::streamlet {
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(out_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::tick(std::chrono::hours(24))
        .filter([](std::uint64_t) { return false; })
        .map([](std::uint64_t) { return bytes(); })
        .to(ctx.sink(out_));
  }
};
CLOUDFLOW_STREAMLET(quiet_ingress, "bench.quiet-ingress")

/// Passes on what it reads.
class relay final : public native::streamlet {
  inlet<bytes> in_{"in"};
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override { return ctx.source(in_).to(ctx.sink(out_)); }
};
CLOUDFLOW_STREAMLET(relay, "bench.relay")

} // namespace bench
