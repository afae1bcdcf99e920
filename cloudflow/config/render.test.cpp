#include "cloudflow/config/render.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>

using namespace cloudflow::config;

TEST_CASE("a line is shown up to a secret's value, whether it parses or not") {
  const std::pair<std::string, std::string> rows[] = {
      {"password = hunter2", "password = ***"},
      {"a { b = 1, api-Token: x, c = 2 }", "a { b = 1, api-Token: ***"},
      {"\"db.password\" : \"x", "\"db.password\" : ***"},
      {"sasl.jaas.config += ${user} {", "sasl.jaas.config += ***"},
      {"secret { file = /run/x }", "secret ***"},
      {"cloudflow.streamlets.a.config-parameters.key=x", "cloudflow.streamlets.a.config-parameters.key=***"},
      {"password", "password"},
      {"password =", "password ="},
      {"passwords = 2, monkeys = 3", "passwords = 2, monkeys = 3"},
      {"tokens of text, no key at all", "tokens of text, no key at all"},
      {"", ""},
  };
  for (const auto& [line, shown] : rows) CHECK(mask_line(line) == shown);
}
