#include "cloudflow/blueprint/names.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::blueprint;

TEST_CASE("a label is lower-case letters, digits and inner dashes, at most 63 characters") {
  for (const auto* text : {"a", "1ab", "ab--cd", "in-2", "0", "a-0"}) {
    CAPTURE(text);
    CHECK(is_label(text));
  }
  for (const auto* text : {"", "-a", "a-", "A", "a_b", "a.b", "ä", "a b", "-", "a\n"}) {
    CAPTURE(text);
    CHECK_FALSE(is_label(text));
  }
  CHECK(is_label(std::string(63, 'a')));
  CHECK_FALSE(is_label(std::string(64, 'a')));
}

TEST_CASE("a topic name is what Kafka takes") {
  for (const auto* text : {"a", "A.b_c-d", "...", "_", "-"}) CHECK(is_topic_name(text));
  for (const auto* text : {"", ".", "..", "a b", "a/b", "ü", "a:b"}) CHECK_FALSE(is_topic_name(text));
  CHECK(is_topic_name(std::string(249, 'x')));
  CHECK_FALSE(is_topic_name(std::string(250, 'x')));
}

TEST_CASE("a parameter key is words joined by dashes, beginning with letters") {
  for (const auto* text : {"a", "max-celsius", "A-b", "a-1", "a--b", "a-b-", "path"}) CHECK(is_parameter_key(text));
  for (const auto* text : {"", "1a", "-a", "a-", "a1", "a_b", "a.b", "a b"}) CHECK_FALSE(is_parameter_key(text));
}

TEST_CASE("an application id keeps letters without their accents") {
  CHECK(normalise_app_id("Sensor Data") == "sensordata");
  CHECK(normalise_app_id("my_app.v2") == "my-app-v2");
  CHECK(normalise_app_id("Café-Zürich-Łódź") == "cafe-zurich-odz");
  CHECK(normalise_app_id("Ａｐｐ") == "app");
  CHECK(normalise_app_id("--a--") == "a");
  CHECK(normalise_app_id("日本") == "");
  CHECK(normalise_app_id("\xff\xfe") == "");
}

TEST_CASE("names that are too long end in a hash, so two of them never become one") {
  const std::string a(100, 'a');
  const auto first = normalise_app_id(a + "x");
  const auto second = normalise_app_id(a + "y");
  CHECK(first.size() == label_limit);
  CHECK(first != second);
  CHECK(is_label(first));
  CHECK(fit("short", 63) == "short");
  const auto dashed = fit(std::string(53, 'a') + "-" + std::string(30, 'b'), 63);
  CHECK(dashed.size() <= 63);
  CHECK(is_label(dashed));
  CHECK(deployment_name(first, streamlet_name("ingress")).size() == label_limit);
  CHECK(deployment_name(first, streamlet_name("ingress")) != deployment_name(first, streamlet_name("ingress2")));
}

TEST_CASE("a deployment's name begins with a letter") {
  CHECK(deployment_name("1app", streamlet_name("in")) == "cf-1app-in");
  CHECK(service_name("app", streamlet_name("in")) == "app-in-service");
}

TEST_CASE("topics of connections are named after their outlet") {
  const port_path out{streamlet_name("ingress"), port_name("out")};
  CHECK(default_topic_id(out).value() == "ingress-out");
  CHECK(default_topic_name("weather", out).value() == "weather.ingress.out");
  CHECK(group_of("weather", {streamlet_name("egress"), port_name("in")}).value() == "weather.egress.in");
  CHECK(repartition_topic("weather", {streamlet_name("mean"), port_name("by-gauge")}).value() ==
        "weather.mean.by-gauge.repartition");
  const port_path long_port{streamlet_name(std::string(63, 's')), port_name(std::string(63, 'p'))};
  CHECK(is_topic_name(default_topic_name(std::string(200, 'a'), long_port).value()));
}
