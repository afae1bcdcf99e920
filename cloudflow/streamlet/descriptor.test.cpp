#include "cloudflow/streamlet/descriptor.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::streamlet;

namespace {

streamlet_descriptor full() {
  streamlet_descriptor d;
  d.class_name = "acme.Splitter";
  d.runtime = "native";
  d.description = "Splits \"readings\".";
  d.labels = {"a", "b"};
  d.inlets = {
      {port_name("in"), {"acme.R", "avro", "ff", "{}"}, "skip", true, "time", {key_descriptor::kind::fields, {"src"}}}};
  d.outlets = {{port_name("out"), {"bytes", "bytes", "", ""}, {key_descriptor::kind::opaque, {}}}};
  d.config_parameters = {{"max", "The most.", "int32", std::nullopt, "5", false},
                         {"name", "A name.", "string", "[a-z]+", std::nullopt, true}};
  d.volume_mounts = {{"data", "/data", "ReadOnlyMany"}};
  d.attributes = {{"server", "container-port"}};
  d.co_partitioned = {{port_name("in"), port_name("in2")}};
  d.repartitions = {{port_name("by-gauge"), {"acme.R", "avro", "ff", "{}"}, {key_descriptor::kind::fields, {"gauge"}}}};
  return d;
}

} // namespace

TEST_CASE("a module descriptor reads back equal from its JSON") {
  module_descriptor m;
  m.core_version = "1.2.3";
  m.streamlets = {full()};
  m.failures = {{"acme.Bad", "threw x"}};
  const auto back = module_descriptor_from_json(to_json(m));
  REQUIRE_MESSAGE(back, back.error().text());
  REQUIRE(back->streamlets.size() == 1);
  CHECK(back->streamlets[0] == full());
  CHECK(back->failures == m.failures);
  CHECK(back->core_version == "1.2.3");
  CHECK(to_json(*back) == to_json(m));
}

TEST_CASE("a descriptor of another protocol is refused with advice") {
  const auto back = module_descriptor_from_json(R"({"protocol": 99})");
  REQUIRE_FALSE(back);
  CHECK(back.error().message ==
        "the module's descriptor has protocol 99, this program reads 1: build the module again");
}

TEST_CASE("a descriptor with a wrong member names it") {
  auto text = to_json(module_descriptor{"native-so", "1", {full()}, {}});
  const std::string from = "\"unique_group\":true";
  text.replace(text.find(from), from.size(), "\"unique_group\":3");
  const auto back = module_descriptor_from_json(text);
  REQUIRE_FALSE(back);
  CHECK(back.error().message == "descriptor.streamlets[0].inlets[0]: member 'unique_group' is no boolean");
}

TEST_CASE("what is no JSON is told with its place") {
  const auto back = module_descriptor_from_json("{\"protocol\": ");
  REQUIRE_FALSE(back);
  CHECK(back.error().code == errc::parse_error);
}
