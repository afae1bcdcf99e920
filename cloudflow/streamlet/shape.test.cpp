#include "cloudflow/streamlet/streamlet.hpp"
#include "cloudflow/streamlet/test_reading.hpp"

#include "cloudflow/streamlet/module.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::streamlet;
using acme::test_reading;

namespace {

class splitter final : public streamlet_base {
  inlet<test_reading> in_ = inlet<test_reading>("in").event_time(&test_reading::time).keyed_by(&test_reading::src);
  inlet<bytes> raw_ = inlet<bytes>("raw").on_error(error_policy::skip).with_unique_group();
  outlet<test_reading> valid_{"valid"};
  outlet<test_reading> rejected_{"rejected", partition_by(&test_reading::src, &test_reading::count)};
  outlet<test_reading> odd_{"odd", [](const test_reading& r) { return r.src + "!"; }};
  config_parameter<double> max_{"max-celsius", "Readings above this are rejected.", 60.0};
  config_parameter<secret> password_{"password", "For the door."};
  volume_mount data_{"data", "/data", access_mode::read_only_many};

public:
  std::string_view runtime() const override { return "native"; }
  std::string description() const override { return "Splits."; }
  std::vector<std::string> labels() const override { return {"b", "a"}; }
  streamlet_shape shape() const override {
    return shape_of(in_, raw_, valid_, rejected_, odd_)
        .with(max_, server(), data_, password_)
        .co_partitioned(in_, raw_);
  }
  [[nodiscard]] const outlet<test_reading>& rejected() const { return rejected_; }
};

} // namespace

TEST_CASE("a shape describes ports, parameters, mounts and attributes") {
  const auto d = describe("acme.splitter", splitter());
  REQUIRE(d.inlets.size() == 2);
  CHECK(d.inlets[0].event_time == "time");
  CHECK(d.inlets[0].key == key_descriptor{key_descriptor::kind::fields, {"src"}});
  CHECK(d.inlets[0].schema.name == "acme.test_reading");
  CHECK(d.inlets[1].schema.format == "bytes");
  CHECK(d.inlets[1].on_error == "skip");
  CHECK(d.inlets[1].unique_group);
  REQUIRE(d.outlets.size() == 3);
  CHECK(d.outlets[0].partitioner.how == key_descriptor::kind::none);
  CHECK(d.outlets[1].partitioner.fields == std::vector<std::string>{"src", "count"});
  CHECK(d.outlets[2].partitioner.how == key_descriptor::kind::opaque);
  CHECK(d.config_parameters[0].default_value == "60.0");
  CHECK(d.config_parameters[1].secret);
  CHECK(d.volume_mounts[0].access_mode == "ReadOnlyMany");
  CHECK(d.attributes[0].attribute_name == "server");
  CHECK(d.co_partitioned == std::vector<std::vector<port_name>>{{port_name("in"), port_name("raw")}});
}

TEST_CASE("attributes compose") {
  const auto parts = shape_of().with(server(), attribute{{"cluster", "active"}}).parts();
  REQUIRE(parts.attributes.size() == 2);
}

TEST_CASE("the empty shape is legal") { CHECK(shape_of().parts() == streamlet_descriptor{}); }

TEST_CASE("a partitioner over several members never gives one key for different parts") {
  const splitter s;
  std::string a, b;
  s.rejected().partitioning().append_key({"x|1", "", {}, 2}, a);
  s.rejected().partitioning().append_key({"x", "", {}, 12}, b);
  CHECK(a == "x\\|1|2");
  CHECK(b == "x|12");
}

TEST_CASE("event time is taken from the member in milliseconds") {
  const auto in = inlet<test_reading>("in").event_time(&test_reading::time);
  CHECK(in.event_time()({"", "", timestamp(std::chrono::milliseconds(5)), 0}).time_since_epoch().count() == 5);
}

TEST_CASE("class names have segments joined by dots") {
  for (const char* good : {"a", "acme.reading-splitter", "_x.Y9", "a.b.c"}) CHECK_MESSAGE(is_class_name(good), good);
  for (const char* bad : {"", ".", "a.", ".a", "9a", "a..b", "-a", "a b", "a.9"})
    CHECK_MESSAGE(!is_class_name(bad), bad);
}
