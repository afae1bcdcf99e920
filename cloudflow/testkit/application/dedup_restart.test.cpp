#include "cloudflow/native.hpp"
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using testkit::application_test;

namespace {

class printing_once final : public native::streamlet {
  inlet<bytes> in_{"in"};

public:
  streamlet_shape shape() const override { return shape_of(in_); }
  stream::runnable build(const native::context& ctx) const override {
    return ctx.dedup(in_, 1h).map([](const bytes& b) { return std::string(as_text(b)); }).to(ctx.console_sink());
  }
};

} // namespace
CLOUDFLOW_STREAMLET(printing_once, "test.printing-once")

namespace {

constexpr const char* one_reader = R"(blueprint {
  streamlets { once = test.printing-once }
  topics { requests { consumers = [once.in] } }
})";

// What an ingress writes of a request with an `Idempotency-Key`.
void request(application_test& app, const std::string& key, const std::string& value) {
  auto producer = app.log().open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(topic_name("requests"));
  REQUIRE(writer);
  log::header_buffer headers;
  headers.add("Idempotency-Key", std::string_view(key));
  const auto bytes = as_bytes(value);
  const log::outgoing_record record{.key = as_bytes(key), .value = bytes, .headers = headers.view()};
  REQUIRE((*writer)->send({&record, 1}));
}

} // namespace

TEST_CASE("dedup knows what it saw before a restart, of the application and of the streamlet") {
  application_test app(one_reader);
  app.config("cloudflow.streamlets.once.config.commit-interval=100ms");
  app.allow_failure();
  app.start();
  request(app, "a", "first");
  app.run();
  app.advance(1s);
  app.restart();
  request(app, "a", "the first again");
  request(app, "b", "second");
  app.run();
  app.advance(1s);
  app.fail("once");
  app.advance(3s);
  request(app, "b", "the second again");
  request(app, "a", "the first once more");
  request(app, "c", "third");
  app.run();
  app.advance(1s);
  CHECK(app.console() == std::vector<std::string>{"first", "second", "third"});
  app.advance(1h);
  request(app, "a", "an hour later");
  app.run();
  app.advance(1s);
  CHECK(app.console().back() == "an hour later");
}
