#include "cloudflow/testkit/log/counting_log.hpp"
#include "cloudflow/testkit/log/counting_store.hpp"
#include "cloudflow/testkit/log/memory_log_fixture.hpp"
#include "cloudflow/testkit/log/topic_log_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::testkit;

namespace {

// The in-process log as a process sees it that does not die.
class counted_fixture final : public memory_log_fixture {
  std::shared_ptr<crash_points> life_ = std::make_shared<crash_points>(); // owners: this and the log's ports
  counting_log seen_{memory, life_};

public:
  log::topic_log& log() override { return seen_; }
};

} // namespace

CLOUDFLOW_TOPIC_LOG_CONTRACT(counted_fixture, "the counted in-process log")

TEST_CASE("a call at which the process dies takes effect or not, and answers an error either way") {
  for (const bool keeps_last : {false, true}) {
    store::memory_store disk;
    const auto life = std::make_shared<crash_points>();
    counting_store seen(disk, life);
    life->die_at(2, keeps_last);
    const auto text = [](const char* t) { return as_bytes(std::string_view(t)); };
    CHECK(seen.put(text("a"), text("1")));
    CHECK_FALSE(seen.put(text("b"), text("2")));
    CHECK(life->dead());
    CHECK_FALSE(seen.put(text("c"), text("3")));
    CHECK(life->calls() == 2);
    CHECK(disk.size() == (keeps_last ? 2 : 1));
  }
}

TEST_CASE("a process that died hears no answer, though its call took effect") {
  memory_log_fixture f;
  REQUIRE(f.memory.create_topic({.name = topic_name("t"), .partitions = 1}));
  const auto life = std::make_shared<crash_points>();
  counting_log seen(f.memory, life);
  auto producer = seen.open_producer({});
  REQUIRE(producer);
  auto writer = (*producer)->open(topic_name("t"));
  REQUIRE(writer);
  const log::outgoing_record r{.value = as_bytes(std::string_view("x"))};
  bool told = false;
  REQUIRE((*writer)->send({&r, 1}, [&](const auto&) { told = true; }));
  CHECK(told);
  told = false;
  life->die_at(life->calls() + 1, true);
  CHECK_FALSE((*writer)->send({&r, 1}, [&](const auto&) { told = true; }));
  CHECK_FALSE(told);
  CHECK(f.memory.offsets({topic_name("t"), partition_id(0)})->next == record_offset(2));
}

TEST_CASE("a reader that is held back gets nothing and is woken when it may go on") {
  memory_log_fixture f;
  REQUIRE(f.memory.create_topic({.name = topic_name("t"), .partitions = 1}));
  append_numbers(f, topic_name("t"), 3);
  counting_log seen(f.memory, std::make_shared<crash_points>());
  int woken = 0;
  log::consumer_options options;
  options.topics = {topic_name("t")};
  options.group = group_name("g");
  options.on_available = [&] { ++woken; };
  auto reader = seen.open_consumer(std::move(options));
  REQUIRE(reader);
  seen.hold_back(0);
  log::polled polled;
  REQUIRE((*reader)->poll({}, polled));
  CHECK(polled.events.empty());
  CHECK_FALSE((*reader)->ready());
  seen.let_go();
  CHECK(woken == 1);
  std::size_t records = 0;
  for (int i = 0; i < 5; ++i) {
    REQUIRE((*reader)->poll({}, polled));
    records += polled.records.size();
  }
  CHECK(records == 3);
}
