#include "cloudflow/base/clock.hpp"

namespace cloudflow {

namespace {

class system_clock_source_impl final : public clock_source {
public:
  std::chrono::nanoseconds steady_now() const override { return std::chrono::steady_clock::now().time_since_epoch(); }
  timestamp wall_now() const override {
    return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

} // namespace

const clock_source& system_clock_source() {
  static const system_clock_source_impl clock;
  return clock;
}

} // namespace cloudflow
