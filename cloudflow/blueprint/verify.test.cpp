#include "cloudflow/blueprint/verify.hpp"

#include "cloudflow/blueprint/application_config.hpp"
#include "cloudflow/blueprint/graph.hpp"
#include "cloudflow/blueprint/internal/test_module.hpp"
#include "cloudflow/blueprint/parse.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <random>

using namespace cloudflow;
using namespace cloudflow::blueprint;

namespace {

constexpr const char* module_text = R"(
app Sensor_App
schema reading src:string gauge:string value:double
schema average src:string avg:double
class acme.ingress native
  outlet out reading by src
class acme.process native
  inlet in reading key src,gauge
  inlet other reading key src,gauge
  outlet out average
  joined in other
class acme.egress native
  inlet in average
)";

verified_blueprint verified(const std::string& text, const std::string& module = module_text) {
  const auto plan = parse_text(text, "blueprint.conf");
  REQUIRE(plan);
  const auto given = internal::test_module_from(module);
  auto out = verify(*plan, given.module, given.options);
  if (!out)
    for (const auto& d : to_diagnostics(out.error())) MESSAGE(render(d, {}));
  REQUIRE(out);
  return *out;
}

constexpr const char* blueprint_text = R"(
blueprint {
  streamlets { ingress = acme.ingress, second = acme.ingress, process = acme.process, egress = acme.egress }
  connections {
    ingress.out = process.in
    second.out = [process.other]
  }
  topics {
    averages { producers = [process.out], consumers = [egress.in], managed = false, cluster = main, partitions = 5 }
    second-out { topic.name = renamed }
  }
}
)";

} // namespace

TEST_CASE("a verified blueprint holds the names that follow from it") {
  const auto plan = verified(blueprint_text);
  CHECK(plan.app_id == "sensor-app");
  REQUIRE(plan.streamlets.size() == 4);
  CHECK(plan.streamlets[0].name.value() == "ingress");
  CHECK(plan.streamlets[2].deployment == "sensor-app-process");
  REQUIRE(plan.topics.size() == 3);
  const auto* first = plan.find(topic_id("ingress-out"));
  REQUIRE(first != nullptr);
  CHECK(first->name.value() == "sensor-app.ingress.out");
  CHECK(first->partitions == 3);
  CHECK_FALSE(first->partitions_given);
  CHECK(first->managed);
  CHECK(plan.find(topic_id("second-out"))->name.value() == "renamed");
  const auto* averages = plan.topic_of({streamlet_name("egress"), port_name("in")});
  REQUIRE(averages != nullptr);
  CHECK(averages->name.value() == "averages");
  CHECK(averages->partitions == 5);
  CHECK_FALSE(averages->managed);
  CHECK(averages->cluster == "main");
  CHECK(plan.topic_of({streamlet_name("egress"), port_name("nowhere")}) == nullptr);
}

TEST_CASE("co-partitioned inlets are one group, named by the first") {
  const auto plan = verified(blueprint_text);
  const auto* process = plan.find(streamlet_name("process"));
  REQUIRE(process->inlets.size() == 2);
  for (const auto& in : process->inlets) {
    CHECK(in.group.value() == "sensor-app.process.in");
    CHECK(in.first_of_group.value() == "in");
  }
  CHECK(plan.find(streamlet_name("egress"))->inlets[0].group.value() == "sensor-app.egress.in");
  CHECK(plan.find(streamlet_name("egress"))->inlets[0].first_of_group.value().empty());
}

TEST_CASE("an outlet with two readers is one topic and two groups") {
  const auto plan =
      verified("blueprint { streamlets { a = acme.in, b = acme.eg, c = acme.eg }\n"
               "connections { a.out = [b.in, c.in] } }",
               "schema r x:string\nclass acme.in native\n outlet out r\nclass acme.eg native\n inlet in r\n");
  REQUIRE(plan.topics.size() == 1);
  CHECK(plan.topics[0].consumers.size() == 2);
  CHECK(plan.streamlets[1].inlets[0].group != plan.streamlets[2].inlets[0].group);
}

TEST_CASE("a thousand streamlets are verified in far less than a second") {
  std::string text = "blueprint {\n streamlets {\n";
  for (int i = 0; i < 1000; ++i) text += "  s" + std::to_string(i) + " = acme.step\n";
  text += " }\n connections {\n";
  for (int i = 0; i < 1000; ++i)
    text += "  s" + std::to_string(i) + ".out = [s" + std::to_string((i + 1) % 1000) + ".in]\n";
  text += " }\n}\n";
  const auto given =
      internal::test_module_from("schema r x:string y:string\nclass acme.step native\n inlet in r key x\n"
                                 " outlet out r by x\n");
  const auto start = std::chrono::steady_clock::now();
  const auto plan = parse_text(text, "blueprint.conf");
  REQUIRE(plan);
  const auto parsed = std::chrono::steady_clock::now();
  const auto result = verify(*plan, given.module, given.options);
  const auto end = std::chrono::steady_clock::now();
  REQUIRE(result);
  CHECK(result->notes.size() == 1); // the ring
  const auto ms = [](auto d) { return std::chrono::duration_cast<std::chrono::milliseconds>(d).count(); };
  MESSAGE("parse " << ms(parsed - start) << " ms, verify " << ms(end - parsed) << " ms");
}

TEST_CASE("one topic with a thousand writers and readers of one schema is not compared pair by pair") {
  std::string text = "blueprint {\n streamlets {\n";
  std::string producers;
  std::string consumers;
  for (int i = 0; i < 1000; ++i) {
    const auto n = std::to_string(i);
    text += "  w" + n + " = acme.in\n  r" + n + " = acme.eg\n";
    producers += " w" + n + ".out,";
    consumers += " r" + n + ".in,";
  }
  text += " }\n topics { t { producers = [" + producers + "], consumers = [" + consumers + "] } }\n}\n";
  const auto plan = verified(text, "schema a.r x:string\nschema b.r x:string y:int=1\n"
                                   "class acme.in native\n outlet out a.r\nclass acme.eg native\n inlet in b.r\n");
  CHECK(plan.topics[0].producers.size() == 1000);
}

TEST_CASE("suggestions end where nobody reads them any more, so that many mistakes do not cost their square") {
  std::string text = "blueprint {\n streamlets {\n";
  std::string consumers;
  constexpr int count = 4000;
  for (int i = 0; i < count; ++i) {
    text += "  s" + std::to_string(i) + " = acme.eg\n";
    consumers += " t" + std::to_string(i) + ".in,";
  }
  text += " }\n topics { t { consumers = [" + consumers + "] } }\n}\n";
  const auto plan = parse_text(text, "blueprint.conf");
  REQUIRE(plan);
  const auto given = internal::test_module_from("schema r x:string\nclass acme.eg native\n inlet in r\n");
  const auto result = verify(*plan, given.module, given.options);
  REQUIRE_FALSE(result);
  CHECK(result.error().size() == 2 * count); // each port is not found, each inlet is unconnected
  int suggested = 0;
  for (const auto& p : result.error())
    if (const auto* missing = std::get_if<port_path_not_found>(&p)) suggested += missing->suggestion.empty() ? 0 : 1;
  CHECK(suggested > 0);
  CHECK(suggested <= 200);
}

TEST_CASE("no damage to a blueprint makes verify, configure or graph fall over") {
  const std::string good = blueprint_text;
  const std::vector<std::string> pieces = {"{",
                                           "}",
                                           "[",
                                           "]",
                                           "=",
                                           "\n",
                                           ",",
                                           "\"",
                                           "${x}",
                                           "${?y}",
                                           "a.b",
                                           ".",
                                           "null",
                                           "0",
                                           "-1",
                                           "1e99",
                                           "true",
                                           "topics",
                                           "streamlets",
                                           "connections",
                                           "ingress",
                                           "ingress.out",
                                           "process.in",
                                           "egress.in",
                                           "acme.egress",
                                           "+=",
                                           "producers",
                                           "partitions",
                                           "topic.name",
                                           "\xff",
                                           "",
                                           "blueprint",
                                           "include \"x\"",
                                           "#"};
  const auto given = internal::test_module_from(module_text);
  const unsigned seed = 20261122;
  INFO("seed ", seed);
  std::mt19937 random(seed);
  int verified_ones = 0;
  int refused = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    const auto edits = 1 + random() % 4;
    for (unsigned e = 0; e < edits; ++e) {
      const auto at = random() % (text.size() + 1);
      const auto cut = random() % 3 == 0 ? random() % 12 : 0;
      text = text.substr(0, at) + pieces[random() % pieces.size()] + text.substr(std::min(text.size(), at + cut));
    }
    const auto plan = parse_text(text, "blueprint.conf");
    if (!plan) {
      CHECK_FALSE(plan.error().empty());
      continue;
    }
    const auto result = verify(*plan, given.module, given.options);
    if (!result) {
      ++refused;
      const auto problems = to_diagnostics(result.error());
      CHECK_FALSE(problems.empty());
      for (const auto& d : problems) CHECK_FALSE(to_json(d).empty());
      continue;
    }
    ++verified_ones;
    CHECK_FALSE(graph_text(*result).empty());
    CHECK_FALSE(graph_svg(*result).empty());
    if (const auto document = parse_text(text, "x"); document) {
      config_sources sources;
      sources.key_values = {"cloudflow.topics.averages.partitions=" + pieces[random() % pieces.size()]};
      const auto configured = configure(*result, sources);
      CHECK((configured.has_value() || !configured.error().empty()));
    }
  }
  CHECK(verified_ones > 10);
  CHECK(refused > 100);
}

TEST_CASE("the schema of a topic is read once, beside the text that names it, and stands in the plan") {
  const auto given = internal::test_module_from(module_text);
  std::vector<std::string> asked;
  verify_options options;
  std::string field = "double";
  options.reader = [&](const std::filesystem::path& file,
                       const std::filesystem::path&) -> expected<std::optional<std::string>, std::string> {
    asked.push_back(file.string());
    return std::optional(R"({"type":"record","name":"average","fields":[{"name":"src","type":"string"},)"
                         R"({"name":"avg","type":")" +
                         field + "\"}]}\n");
  };
  const auto plan = parse_text("blueprint { streamlets.e = acme.egress\n"
                               "  topics.t { consumers = [e.in], schema = \"schemas/average.avsc\" } }",
                               "some/folder/blueprint.conf");
  REQUIRE(plan);
  const auto good = verify(*plan, given.module, options);
  REQUIRE(good);
  REQUIRE(good->topics[0].schema);
  CHECK(good->topics[0].schema->name == "average");
  CHECK(good->topics[0].schema->format == "avro");
  CHECK(good->topics[0].schema->fingerprint.size() == 64);
  CHECK(good->topics[0].schema->text.find("\"avg\"") != std::string::npos);

  SUBCASE("configuration reads what it names itself, and nothing again") {
    const auto none = config::parse_text("cloudflow.topics.t.partitions = 5", "prod.conf");
    REQUIRE(configure(*good, *none, {.reader = options.reader}));
    CHECK(asked == std::vector<std::string>{"some/folder/schemas/average.avsc"});
    const auto other = config::parse_text("cloudflow.topics.t.schema = /abs/average.avsc", "prod.conf");
    field = "float";
    const auto app = configure(*good, *other, {.reader = options.reader});
    REQUIRE(app);
    CHECK(asked.back() == "/abs/average.avsc");
    CHECK(app->plan.topics[0].schema->fingerprint != good->topics[0].schema->fingerprint);
  }
  SUBCASE("a reader that cannot take it is told why") {
    field = "string";
    const auto bad = verify(*plan, given.module, options);
    REQUIRE_FALSE(bad);
    const auto problems = to_diagnostics(bad.error());
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].code == "CF-B51");
    CHECK(problems[0].where->text() == "some/folder/blueprint.conf:2:43");
    CHECK(problems[0].details.back().second.find("average.avg: ") == 0);
  }
  SUBCASE("what is no schema is told with its own places") {
    field = "flat";
    const auto bad = verify(*plan, given.module, options);
    REQUIRE_FALSE(bad);
    const auto problems = to_diagnostics(bad.error());
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].code == "CF-B50");
    CHECK(problems[0].details.front().second.find("some/folder/schemas/average.avsc:1:") == 0);
  }
}
