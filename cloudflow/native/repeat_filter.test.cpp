#include "schema_testdata/reading.hpp"

#include "cloudflow/native.hpp"
#include "cloudflow/testkit/streamlet/streamlet_test.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using acme::sensors::reading;
using testkit::streamlet_test;

namespace {

class once final : public native::streamlet {
  inlet<reading> in_ = inlet<reading>("in").on_error(error_policy::skip);
  outlet<reading> out_{"out"};

public:
  streamlet_shape shape() const override { return shape_of(in_, out_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.dedup(in_, 1h)
        .map([](reading r) {
          if (r.value < 0) throw std::runtime_error("negative");
          return r;
        })
        .to(ctx.sink(out_));
  }
};

reading made(double value) { return {"a", timestamp(1ms), "oil", value}; }

testkit::pushed<reading> sent(double value, std::string key) {
  return {.value = made(value), .headers = {{"Idempotency-Key", std::move(key)}}};
}

struct running_once : streamlet_test<once> {
  testkit::inlet_tap<reading> in = tap<reading>("in");
  testkit::outlet_probe<reading> out = probe<reading>("out");
  running_once() { start(); }
};

} // namespace

TEST_CASE("dedup lets the first record of a key through, and commits what it drops") {
  running_once t;
  t.in.push_record(sent(1, "a"));
  t.in.push_record(sent(2, "b"));
  t.in.push_record(sent(3, "a"));
  t.in.push_record(sent(4, "a"));
  t.run();
  t.out.expect({made(1), made(2)});
  CHECK(t.in.committed() == 4);
}

TEST_CASE("dedup lets records without a key through, all of them, and tombstones not") {
  running_once t;
  t.in.push(made(1));
  t.in.push_record({.value = std::nullopt, .key = "k"});
  t.in.push(made(1));
  t.run();
  t.out.expect({made(1), made(1)});
  CHECK(t.in.committed() == 3);
}

TEST_CASE("dedup forgets a key when its time is over, which a repeat does not renew") {
  running_once t;
  t.in.push_record(sent(1, "a"));
  t.run();
  t.clock().advance(59min);
  t.in.push_record(sent(2, "a"));
  t.run();
  t.out.expect({made(1)});
  t.clock().advance(1min);
  t.in.push_record(sent(3, "a"));
  t.run();
  t.out.expect({made(3)});
  t.in.push_record(sent(4, "a"));
  t.run();
  t.out.expect_nothing();
}

TEST_CASE("code that throws behind dedup meets the inlet's policy, as behind a source") {
  running_once t;
  t.in.push_record(sent(1, "a"));
  t.in.push_record(sent(-2, "b"));
  t.in.push_record(sent(3, "c"));
  t.run();
  t.out.expect({made(1), made(3)});
  CHECK(t.in.committed() == 3);
  t.expect_running();
}
