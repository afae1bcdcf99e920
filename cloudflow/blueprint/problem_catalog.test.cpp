#include "cloudflow/blueprint/problem_catalog.hpp"

#include "cloudflow/blueprint/config_schema.hpp"
#include "cloudflow/blueprint/internal/topic_settings_reader.hpp"
#include "cloudflow/blueprint/problem.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

using namespace cloudflow::blueprint;

namespace {

const std::filesystem::path reference = std::filesystem::path(CLOUDFLOW_TEST_DATA) / "../../docs/reference";

// scripts/gen_reference.py sets the variable; otherwise the page must be there and equal.
void check_page(const std::filesystem::path& file, const std::string& wanted) {
  CAPTURE(file.string());
  if (std::getenv("CLOUDFLOW_WRITE_REFERENCE") != nullptr) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << wanted;
  }
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  CHECK_MESSAGE(text.str() == wanted, "run scripts/gen_reference.py");
}

template <std::size_t... I> std::set<std::string> all_codes(std::index_sequence<I...>) {
  return {std::string(std::variant_alternative_t<I, problem>::code)...};
}

} // namespace

TEST_CASE("each problem has one code of its own and an entry in the catalog") {
  const auto codes = all_codes(std::make_index_sequence<std::variant_size_v<problem>>());
  CHECK(codes.size() == std::variant_size_v<problem>);
  CHECK(problem_catalog().size() == codes.size());
  for (const auto& code : codes) {
    CAPTURE(code);
    CHECK(cloudflow::find_page(problem_catalog(), code) != nullptr);
  }
}

TEST_CASE("docs/reference/configuration.md says what the table of settings says") {
  check_page(reference / "configuration.md", render_settings_page());
}

TEST_CASE("each key that a topic's reader knows is declared as a setting") {
  for (const auto& key : internal::topic_setting_keys()) {
    CAPTURE(key);
    const std::string path = "cloudflow.topics.t." + key + (key == "topic" ? ".name" : "");
    REQUIRE(find_setting(path) != nullptr);
    CHECK(find_setting(path)->id == setting_id::topic_setting);
  }
}

TEST_CASE("a key is explained with names or placeholders, alone or with all below it") {
  const auto one = explain("cloudflow.streamlets.ingress.config.delivery");
  REQUIRE(one);
  CHECK(one->find("cloudflow.streamlets.<streamlet>.config.delivery") == 0);
  CHECK(one->find("default  exactly-once") != std::string::npos);
  CHECK(explain("cloudflow.streamlets.<streamlet>.config.delivery") == one);
  const auto below = explain("cloudflow.runtimes");
  REQUIRE(below);
  CHECK(below->find("cloudflow.runtimes.<runtime>.config.state") != std::string::npos);
  CHECK(below->find("cloudflow.topics") == std::string::npos);
  CHECK_FALSE(explain("cloudflow.nothing"));
  CHECK_FALSE(explain("\"unclosed"));
  CHECK(nearest_setting("cloudflow.streamlets.in.config.delivry") == "cloudflow.streamlets.in.config.delivery");
}

TEST_CASE("a setting of the engine's own is found below config, literals first") {
  CHECK(find_setting("cloudflow.streamlets.a.config.delivery")->id == setting_id::delivery);
  CHECK(find_setting("cloudflow.streamlets.a.config.spark.sql.x")->id == setting_id::runtime_setting);
  CHECK(find_setting("cloudflow.streamlets.a.kubernetes.pods.pod")->id == setting_id::kubernetes);
  CHECK(find_setting("cloudflow.streamlets") == nullptr);
}
