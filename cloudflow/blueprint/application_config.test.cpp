#include "cloudflow/blueprint/application_config.hpp"

#include "cloudflow/blueprint/internal/test_module.hpp"
#include "cloudflow/blueprint/parse.hpp"
#include "cloudflow/config/parse.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

using namespace cloudflow;
using namespace cloudflow::blueprint;

namespace {

constexpr const char* module_text = R"(
schema r src:string gauge:string
class acme.in native
  outlet out r by src
  parameter rate int32 default=10
  parameter name string pattern=[a-z]+ default=abc
  parameter password string pattern=[0-9]+ default=1
  mount data /data
class acme.eg native
  inlet in r key src
  parameter path string
class acme.sp spark
  inlet in r
)";

verified_blueprint plan() {
  const auto parsed = parse_text("blueprint { streamlets { in = acme.in, eg = acme.eg, sp = acme.sp }\n"
                                 "connections { in.out = [eg.in, sp.in] } }",
                                 "blueprint.conf");
  REQUIRE(parsed);
  const auto given = internal::test_module_from(module_text);
  auto out = verify(*parsed, given.module, given.options);
  REQUIRE(out);
  return *out;
}

application_config configured(const std::string& text) {
  const auto parsed = config::parse_text("cloudflow.streamlets.eg.config-parameters.path = /tmp/x\n" + text, "a.conf");
  REQUIRE(parsed);
  const auto resolved = config::resolve(*parsed);
  REQUIRE(resolved);
  auto out = configure(plan(), *resolved);
  if (!out)
    for (const auto& d : to_diagnostics(out.error())) MESSAGE(render(d, {}));
  REQUIRE(out);
  return *out;
}

const streamlet_config& of(const application_config& app, const char* name) {
  const auto* s = app.find(streamlet_name(name));
  REQUIRE(s != nullptr);
  return *s;
}

} // namespace

TEST_CASE("without configuration defaults hold") {
  const auto app = configured("");
  CHECK(of(app, "in").parameters.get("rate")->text() == "10");
  CHECK(of(app, "in").parameters.get("rate")->where().name() == "default of acme.in.rate");
  CHECK(of(app, "eg").parameters.get("path")->text() == "/tmp/x");
  CHECK(of(app, "in").delivery == streamlet::delivery::exactly_once);
  CHECK(of(app, "in").commit_interval == std::chrono::milliseconds(100));
  CHECK(of(app, "in").mounts.empty());
  CHECK(app.find(streamlet_name("nobody")) == nullptr);
}

TEST_CASE("a streamlet's setting wins over its runtime's, wherever it stands") {
  const auto app = configured("cloudflow.streamlets.in.config.commit-interval = 1 s\n"
                              "cloudflow.runtimes.native.config { commit-interval = 2 s, delivery = at-most-once }\n"
                              "cloudflow.runtimes.spark.config { spark { a = 1, b = 2 } }\n"
                              "cloudflow.streamlets.sp.config.spark.b = 3\n");
  CHECK(of(app, "in").commit_interval == std::chrono::seconds(1));
  CHECK(of(app, "eg").commit_interval == std::chrono::seconds(2));
  CHECK(of(app, "in").delivery == streamlet::delivery::at_most_once);
  CHECK(of(app, "sp").delivery == streamlet::delivery::exactly_once);
  CHECK(of(app, "sp").config.find("spark.a")->text() == "1");
  CHECK(of(app, "sp").config.find("spark.b")->text() == "3");
}

TEST_CASE("configuration sets policies, mounts and topics") {
  const auto app =
      configured("cloudflow.streamlets.eg.config.inlets.in { on-error = dead-letter, retries = 2 }\n"
                 "cloudflow.streamlets.in.volume-mounts.data = ./here\n"
                 "cloudflow.topics.in-out { partitions = 8, topic { name = readings, retention.ms = 5 } }\n");
  CHECK(of(app, "eg").on_error.at(port_name("in")) == streamlet::error_policy::dead_letter);
  CHECK(of(app, "eg").retries.at(port_name("in")) == 2);
  CHECK(of(app, "in").mounts.at("data") == "./here");
  const auto* topic = app.plan.find(topic_id("in-out"));
  CHECK(topic->partitions == 8);
  CHECK(topic->partitions_given);
  CHECK(topic->name.value() == "readings");
  CHECK(topic->settings.topic.at("retention.ms").value == "5");
}

TEST_CASE("a mount's folder is relative to the file that names it") {
  const auto parsed = config::parse_text("cloudflow.streamlets { eg.config-parameters.path = x\n"
                                         "in.volume-mounts.data = ./here }",
                                         "some/folder/local.conf");
  REQUIRE(parsed);
  const auto app = configure(plan(), *parsed);
  REQUIRE(app);
  CHECK(of(*app, "in").mounts.at("data").lexically_normal() == "some/folder/here");
}

TEST_CASE("what does not exist yet is refused, not ignored") {
  for (const char* text :
       {"cloudflow.streamlets.eg.config.state = rocksdb", "cloudflow.streamlets.eg.kubernetes.pods { }"}) {
    CAPTURE(text);
    const auto parsed =
        config::parse_text("cloudflow.streamlets.eg.config-parameters.path = /tmp/x\n" + std::string(text), "a.conf");
    REQUIRE(parsed);
    const auto tried = configure(plan(), *config::resolve(*parsed));
    REQUIRE_FALSE(tried);
    CHECK(tried.error().size() == 1);
  }
}

TEST_CASE("keys of the command line win over files, later keys over earlier ones") {
  config_sources sources;
  sources.key_values = {"cloudflow.streamlets.eg.config-parameters.path=/tmp/a", "cloudflow.topics.in-out.partitions=1",
                        "cloudflow.topics.in-out.partitions=2"};
  const auto app = configure(plan(), sources);
  REQUIRE(app);
  CHECK(app->plan.find(topic_id("in-out"))->partitions == 2);
}

TEST_CASE("all sources are read before anything is reported") {
  config_sources sources;
  sources.files = {"no/such/file.conf"};
  sources.key_values = {"=5", "also wrong"};
  const auto app = configure(plan(), sources);
  REQUIRE_FALSE(app);
  CHECK(app.error().size() == 3);
}

TEST_CASE("a required parameter may be missing where nothing is going to start") {
  config_sources sources;
  REQUIRE_FALSE(configure(plan(), sources));
  sources.complete = false;
  const auto app = configure(plan(), sources);
  REQUIRE(app);
  CHECK_FALSE(of(*app, "eg").parameters.get("path"));
}

TEST_CASE("a secret's value stands in no problem") {
  const auto parsed = config::parse_text("cloudflow.streamlets.in.config-parameters { password = hunter2 }", "a.conf");
  REQUIRE(parsed);
  const auto app = configure(plan(), *parsed);
  REQUIRE_FALSE(app);
  for (const auto& d : to_diagnostics(app.error())) {
    CHECK(to_json(d).find("hunter2") == std::string::npos);
    CHECK(render(d, {}).find("hunter2") == std::string::npos);
  }
}

TEST_CASE("a problem on a line that holds a secret is shown without that line") {
  const auto given = internal::test_module_from("class acme.a native\n parameter pin string default=1 secret\n"
                                                " parameter rate int32 default=1\n");
  const auto verified =
      verify(*parse_text("blueprint { streamlets { a = acme.a } }", "blueprint.conf"), given.module, given.options);
  REQUIRE(verified);
  const auto problems_of = [&](const std::string& text) {
    const auto file = std::filesystem::temp_directory_path() / "cloudflow-secret-line.conf";
    std::ofstream(file) << text;
    config_sources sources;
    sources.files = {file};
    const auto app = configure(*verified, sources);
    std::filesystem::remove(file);
    REQUIRE_FALSE(app);
    return app.error();
  };
  const auto of_class = problems_of("cloudflow.streamlets.a.config-parameters { rate = x, pin = hunter2 }");
  CHECK(of_class.front().code == "CF-A06");
  CHECK(of_class.front().secret_line);
  CHECK(
      problems_of("cloudflow.streamlets.a.config-parameters { rate = x }, other.token = hunter2").front().secret_line);
  CHECK_FALSE(
      problems_of("cloudflow.streamlets.a.config-parameters { rate = x,\n pin = hunter2 }").front().secret_line);
}

TEST_CASE("a parameter's value is read from the file that <parameter>.file names") {
  const auto given = internal::test_module_from("class acme.a native\n parameter pin string default=1\n"
                                                " parameter rate int32 default=1\n");
  const auto verified =
      verify(*parse_text("blueprint { streamlets { a = acme.a } }", "blueprint.conf"), given.module, given.options);
  REQUIRE(verified);
  const auto document = config::parse_text(
      "cloudflow.streamlets.a.config-parameters { pin.file = pin, rate.file = /abs/rate }", "some/folder/prod.conf");
  REQUIRE(document);
  configure_options options;
  options.reader = [](const std::filesystem::path& file,
                      const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    if (file == "some/folder/pin") return std::optional<std::string>("hunter2 \r\n");
    if (file == "/abs/rate") return std::optional<std::string>("77");
    return std::optional<std::string>();
  };
  const auto app = configure(*verified, *document, options);
  REQUIRE(app);
  const auto& a = of(*app, "a");
  CHECK(a.parameters.get("pin")->text() == "hunter2 "); // without the line's end, with everything else
  CHECK(a.parameters.get("pin")->where().text() == "some/folder/pin");
  CHECK(a.parameters.get("rate")->text() == "77");
  CHECK(a.secrets == std::set<std::string, std::less<>>{"pin", "rate"});

  for (const auto& text : {std::string(2 << 20, 'x'), std::string("a\0b", 3)}) {
    options.reader = [&](const auto&, const auto&) { return std::optional(text); };
    const auto refused = configure(*verified, *document, options);
    REQUIRE_FALSE(refused);
    CHECK(to_diagnostics(refused.error()).front().code == "CF-A14");
  }
}

TEST_CASE("a pattern that makes backtracking matchers explode is matched in linear time") {
  auto given = internal::test_module_from("class acme.a native\n parameter text string pattern=(a+)+$\n");
  const auto parsed = parse_text("blueprint { streamlets { a = acme.a } }", "blueprint.conf");
  REQUIRE(parsed);
  const auto verified = verify(*parsed, given.module, given.options);
  REQUIRE(verified);
  config_sources sources;
  sources.key_values = {"cloudflow.streamlets.a.config-parameters.text=" + std::string(10'000, 'a') + "b"};
  const auto app = configure(*verified, sources);
  REQUIRE_FALSE(app);
  CHECK(app.error().front().code == "CF-A07");
}
