#include "cloudflow/streamlet/context.hpp"
#include "cloudflow/config/parse.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::streamlet;

namespace {
streamlet_context sample() {
  instance_settings s;
  s.app_id = "app";
  s.name = streamlet_name("process");
  s.parameters = *config::parse_text("max-celsius = 21.5, pin = 1234x", "test");
  s.mounts = {{"data", "/tmp/data"}};
  s.ports[port_name("in")] = {topic_id("t"), topic_name("app.t"), 3, group_name("app.process.in")};
  return streamlet_context(std::move(s));
}
} // namespace

TEST_CASE("a context gives parameters, mounts and bindings of its shape") {
  const auto ctx = sample();
  CHECK(ctx.value(config_parameter<double>("max-celsius", "", 1.0)) == 21.5);
  CHECK(ctx.path(volume_mount("data", "/data", access_mode::read_only_many)) == "/tmp/data");
  CHECK(ctx.binding(port_name("in")).group == group_name("app.process.in"));
}

TEST_CASE("a context's logger bears the streamlet's name") { CHECK(sample().logger() == "streamlet.process"); }

TEST_CASE("a context names what the shape lacks") {
  const auto ctx = sample();
  CHECK_THROWS_WITH_AS(
      (void)ctx.value(config_parameter<double>("min", "")),
      "streamlet 'process' asks for config parameter 'min', which has no value: add it to shape() by .with(...)",
      context_error);
  CHECK_THROWS_AS((void)ctx.path(volume_mount("x", "/x", access_mode::read_only_many)), context_error);
  CHECK_THROWS_AS((void)ctx.binding(port_name("out")), context_error);
}

TEST_CASE("an unreadable secret is not shown") {
  const auto ctx = sample();
  try {
    (void)ctx.value(config_parameter<std::int32_t>("pin", ""));
    FAIL("must throw");
  } catch (const context_error& e) {
    CHECK(std::string(e.what()).find("pin") != std::string::npos);
  }
}
