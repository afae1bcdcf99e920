#include "cloudflow/engine/native/key_owners.hpp"

#include "cloudflow/base/random.hpp"

#include <doctest/doctest.h>
#include <map>

using namespace cloudflow;
using engine::key_owners;

TEST_CASE("key_owners names the first task that claimed a key") {
  counter unlearned;
  const auto owners = std::make_shared<key_owners>("topic 'gauges'", unlearned);
  const auto zero = owners->guard_of(partition_id(0));
  const auto two = owners->guard_of(partition_id(2));
  CHECK_FALSE(two->claim(7, {}));
  CHECK_FALSE(two->claim(7, {}));
  CHECK_FALSE(zero->claim(8, {}));
  CHECK(zero->claim(7, {}) ==
        "records of one key reach several tasks (partitions 0 and 2 of topic 'gauges'): partition the writer's outlet "
        "by the grouping fields, put .repartition_by(...) by them in front of the grouping, or set partitions = 1");
}

TEST_CASE("key_owners lets another task have the keys of one that went away") {
  counter unlearned;
  const auto owners = std::make_shared<key_owners>("topic 'gauges'", unlearned);
  CHECK(owners->claim(7, partition_id(0)) == partition_id(0));
  CHECK(owners->claim(8, partition_id(1)) == partition_id(1));
  owners->forget(partition_id(0));
  CHECK(owners->claim(7, partition_id(1)) == partition_id(1));
  CHECK(owners->claim(8, partition_id(0)) == partition_id(1));
}

TEST_CASE("key_owners learns no more keys than its limit and counts the others") {
  counter unlearned;
  const auto owners = std::make_shared<key_owners>("topic 'gauges'", unlearned, 100);
  for (std::uint64_t key = 0; key < 150; ++key) CHECK(owners->claim(key, partition_id(0)) == partition_id(0));
  CHECK(owners->size() == 100);
  CHECK(unlearned.value() == 50);
  CHECK(owners->claim(99, partition_id(1)) == partition_id(0)); // known ones are still checked
  CHECK(owners->claim(149, partition_id(1)) == partition_id(1));
  owners->forget(partition_id(0));
  CHECK(owners->size() == 0);
}

TEST_CASE("key_owners agrees with a map") {
  seeded_random random(5);
  counter unlearned;
  const auto owners = std::make_shared<key_owners>("topic 'gauges'", unlearned);
  std::map<std::uint64_t, partition_id> model;
  for (int i = 0; i < 30'000; ++i) {
    const partition_id task(static_cast<std::int32_t>(random.below(3)));
    if (random.below(5000) == 0) {
      owners->forget(task);
      std::erase_if(model, [&](const auto& entry) { return entry.second == task; });
    }
    const auto key = random.below(10'000) << 50U; // equal low bits: long chains
    if (owners->claim(key, task) != model.try_emplace(key, task).first->second) FAIL("seed 5, step " << i);
  }
  CHECK(owners->size() == model.size());
}
