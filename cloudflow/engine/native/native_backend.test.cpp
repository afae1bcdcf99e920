#include "cloudflow/engine/native/native_backend.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/stream/run/pool.hpp"
#include "cloudflow/testkit/backend/backend_contract.hpp"
#include "cloudflow/testkit/stream/manual_runtime.hpp"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>

using namespace cloudflow;

namespace {

class copier final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").on_error(cloudflow::streamlet::error_policy::fail);
  outlet<bytes> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.source(in_)
        .map([](bytes b) {
          if (as_text(b) == "poison") throw std::runtime_error("it tastes bitter");
          return b;
        })
        .to(ctx.sink(out_));
  }
};

const streamlet::module_entry copier_entry = {
    "test.copier", []() -> std::unique_ptr<streamlet::streamlet_base> { return std::make_unique<copier>(); }};
const streamlet::module_entry* const entries[] = {&copier_entry};

backend::instance copying_instance() {
  backend::instance out;
  out.settings.class_name = "test.copier";
  out.descriptor = streamlet::describe("test.copier", copier());
  return out;
}

// In the members' order: the runtime's turns use the log until the runtime is gone.
struct hand_parts {
  testkit::manual_runtime runtime;
};

class hand_driven : private hand_parts, public testkit::backend_fixture {
public:
  hand_driven()
      : backend_fixture(hand_parts::runtime.clock()) {}
  ~hand_driven() override { runtime.settle(); }
  std::unique_ptr<backend::backend_port> make() override {
    auto out = std::make_unique<engine::native_backend>(runtime);
    out->add_classes(entries);
    return out;
  }
  backend::instance copying() override { return copying_instance(); }
  std::optional<std::string> poison() override { return "poison"; }
  bool eventually(const std::function<bool()>& condition) override {
    for (int i = 0; i < 20; ++i) {
      runtime.advance(std::chrono::milliseconds(50));
      if (condition()) return true;
    }
    return false;
  }
};

class on_a_pool final : public testkit::backend_fixture {
public:
  on_a_pool()
      : backend_fixture(system_clock_source()) {}
  std::unique_ptr<backend::backend_port> make() override {
    auto out = std::make_unique<engine::native_backend>();
    out->add_classes(entries);
    return out;
  }
  backend::instance copying() override { return copying_instance(); }
  std::optional<std::string> poison() override { return "poison"; }
  // Threads work by themselves: look again at each of their news, which come at the latest with the commit interval.
  bool eventually(const std::function<bool()>& condition) override {
    const auto deadline = clock.steady_now() + std::chrono::seconds(20);
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    while (!condition()) {
      if (clock.steady_now() > deadline) return false;
      never.wait_for(lock, std::chrono::milliseconds(1));
    }
    return true;
  }
};

} // namespace

CLOUDFLOW_BACKEND_CONTRACT(hand_driven, "native on a hand-driven runtime")
CLOUDFLOW_BACKEND_CONTRACT(on_a_pool, "native on a pool")
