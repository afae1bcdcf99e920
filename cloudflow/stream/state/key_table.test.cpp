#include "cloudflow/stream/state/key_table.hpp"

#include "cloudflow/base/random.hpp"

#include <doctest/doctest.h>
#include <map>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;

TEST_CASE("a key and references to its parts hash alike") {
  const std::string left = "a long name of a sensor";
  const std::string right = "t";
  const std::tuple<std::string, std::string> key(left, right);
  CHECK(key_hash(key) == key_hash(std::tie(left, right)));
  CHECK(key_hash(key) != key_hash(std::tie(right, left)));
}

TEST_CASE("a key table agrees with a map under random additions and removals") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    seeded_random random(seed);
    key_table<std::string> table;
    std::map<std::string, std::uint32_t> model;
    for (int i = 0; i < 3000; ++i) {
      const auto key = std::to_string(random.below(200));
      if (random.below(3) == 0 && model.contains(key)) {
        table.erase(model[key]);
        model.erase(key);
      } else {
        const auto number = table.find_or_add(key);
        const auto [known, added] = model.try_emplace(key, number);
        if (known->second != number) FAIL("seed " << seed);
      }
      if (table.size() != model.size()) FAIL("seed " << seed);
    }
    for (const auto& [key, number] : model) CHECK(table.key(number) == key);
    CHECK(table.bound() <= 200);
  }
}
