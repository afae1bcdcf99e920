// Streamlets that go wrong as their configuration says.
#include "cloudflow/native.hpp"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>

using namespace cloudflow;

namespace {

bytes line(std::int64_t n) {
  const auto text = std::to_string(n);
  const auto view = as_bytes(text);
  return {view.begin(), view.end()};
}

// The numbers from 0, one at each tick.
class counting final : public native::streamlet {
  outlet<bytes> out_{"out"};
  config_parameter<std::int32_t> count_{"count", "How many numbers.", 40};

public:
  streamlet_shape shape() const override { return shape_of(out_).with(count_); }
  stream::runnable build(const native::context& ctx) const override {
    return stream::tick(std::chrono::milliseconds(10))
        .take(static_cast<std::uint64_t>(ctx.value(count_)))
        .map([n = std::int64_t{0}](auto) mutable { return line(n++); })
        .to(ctx.sink(out_));
  }
};

// How often an instance has failed in this process: it is made anew at each restart.
int failures_before(const std::string& instance) {
  static std::mutex mutex;
  static std::map<std::string, int> failures;
  const std::lock_guard lock(mutex);
  return failures[instance]++;
}

[[gnu::noinline]] int recurse(int depth) { // without end: a stack that overflows
  volatile char frame[4096] = {};
  frame[depth % 4096] = 1;
  return recurse(depth + 1) + frame[0];
}

void go_wrong(const std::string& how) {
  if (how == "throw") throw std::runtime_error("it broke");
  if (how == "abort") std::abort();
  if (how == "segv") ::raise(SIGSEGV);
  if (how == "fpe") ::raise(SIGFPE);
  if (how == "stack") recurse(0);
}

// Copies; goes wrong at one record, so many times.
class fragile final : public native::streamlet {
  inlet<bytes> in_ = inlet<bytes>("in").on_error(error_policy::fail);
  outlet<bytes> out_{"out"};
  config_parameter<std::string> how_{"how", "throw, abort, segv, fpe, stack; build: build() throws.", ""};
  config_parameter<std::int32_t> times_{"times", "How often it goes wrong.", 1000000};
  config_parameter<std::int32_t> at_{"at", "At which number.", 5};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_).with(how_, times_, at_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto name = ctx.name().value();
    const auto how = ctx.value(how_);
    const auto times = ctx.value(times_);
    if (how == "build" && failures_before(name) < times) throw std::runtime_error("it cannot be built");
    return ctx.source(in_)
        .map([how, times, name, bad = std::to_string(ctx.value(at_))](bytes b) {
          if (!how.empty() && as_text(b) == bad && failures_before(name) < times) go_wrong(how);
          return b;
        })
        .to(ctx.sink(out_));
  }
};

class printing final : public native::streamlet {
  inlet<bytes> left_{"left"};
  inlet<bytes> right_{"right"};

public:
  streamlet_shape shape() const override { return shape_of(left_, right_); }
  stream::runnable build(const native::context& ctx) const override {
    const auto prefixed = [](const char* side) {
      return [side](const bytes& b) { return side + std::string(as_text(b)); };
    };
    return stream::merge(ctx.source(left_).map(prefixed("left ")), ctx.source(right_).map(prefixed("right ")))
        .to(ctx.console_sink());
  }
};

} // namespace
CLOUDFLOW_STREAMLET(counting, "failures.counting")
CLOUDFLOW_STREAMLET(fragile, "failures.fragile")
CLOUDFLOW_STREAMLET(printing, "failures.printing")
