// A sink that commits offsets behind a source that has none.
// expect: this sink commits the offsets of what it is given
// expect: ctx.source_with_offset(inlet)
#include "cloudflow/native.hpp"

#include <chrono>

using namespace cloudflow;

stream::runnable build(const native::context& ctx, const outlet<bytes>& out) {
  auto ticks = stream::tick(std::chrono::seconds(1)).map([](std::uint64_t) { return bytes(); });
#ifdef RIGHT
  return std::move(ticks).to(ctx.sink(out));
#else
  return std::move(ticks).to(ctx.committing_sink(out));
#endif
}
