#include "cloudflow/cli/replay_plan.hpp"

#include "cloudflow/log/memory_log.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::cli;

namespace {

// in -> a -> middle -> b -> end -> c -> middle: `middle` is in a circle.
struct application {
  log::memory_log log{system_clock_source()};
  blueprint::verified_blueprint app{"app"};

  application() {
    add("in", "", "a");
    add("middle", "a", "b");
    add("end", "b", "c");
    for (const char* id : {"a", "b", "c"}) {
      blueprint::verified_topic t;
      t.id = topic_id(id);
      t.name = topic_name(std::string("app.") + id);
      t.partitions = 2;
      if (t.id.value() == "a") t.consumers = {{streamlet_name("middle"), port_name("in")}};
      if (t.id.value() == "b") t.consumers = {{streamlet_name("end"), port_name("in")}};
      if (t.id.value() == "c") t.consumers = {{streamlet_name("middle"), port_name("back")}};
      app.topics.push_back(t);
      REQUIRE(log.create_topic({.name = t.name, .partitions = 2}));
    }
  }
  void add(const char* name, const char* from, const char* to) {
    blueprint::verified_streamlet s;
    s.name = streamlet_name(name);
    if (*from != 0) s.inlets.push_back({port_name("in"), topic_id(from), group_name("app." + s.name.value() + ".in")});
    s.outlets.push_back({port_name("out"), topic_id(to)});
    app.streamlets.push_back(s);
  }
  // Sends to partition 0 of a topic, reads it for a group.
  void pass(const char* topic, const char* group, int records) {
    auto producer = log.open_producer({});
    auto to = (*producer)->open(topic_name(topic));
    REQUIRE(to);
    for (int i = 0; i < records; ++i) {
      const log::outgoing_record r{.value = as_bytes("x"), .partition = partition_id(0)};
      REQUIRE((*to)->send({&r, 1}));
    }
    log::consumer_options options;
    options.topics = {topic_name(topic)};
    options.group = group_name(group);
    auto reader = log.open_consumer(options);
    log::polled got;
    for (int n = 0; n < records;) {
      REQUIRE((*reader)->poll({}, got));
      n += static_cast<int>(got.records.size());
      for (const auto& record : got.records) {
        const log::source_position done{record.source, record_offset(record.offset.value() + 1)};
        (*reader)->commit({&done, 1});
      }
    }
    REQUIRE((*reader)->close());
  }
  [[nodiscard]] std::string refused(const std::string& target) const {
    auto plan = plan_replay(app, log, target, {});
    return plan ? std::string() : plan.error().message;
  }
};

bool has(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

} // namespace

TEST_CASE("a replay says which positions move and who sees results twice, and sets them") {
  application a;
  a.pass("app.a", "app.middle.in", 5);
  auto plan = plan_replay(a.app, a.log, "middle.in", {start_place::kind::offset, 2});
  REQUIRE(plan);
  CHECK(text_of(*plan) == "Positions of streamlet 'middle'\n"
                          "  app.a/0  5 -> 2, up to 3 records again\n"
                          "  app.a/1  0 -> 0, as it is\n"
                          "State\n  none\n"
                          "Behind it\n"
                          "  end sees results twice, from app.b\n");
  CHECK(has(json_of(*plan), "\"state\": \"none\""));
  for (int twice = 0; twice < 2; ++twice) REQUIRE(carry_out(*plan, a.log));
  for (const auto& p : a.log.describe_group(group_name("app.middle.in"))->progress)
    CHECK(p.committed.value_or(record_offset(0)).value() == (p.source.partition.value() == 0 ? 2 : 0));
}

TEST_CASE("a replay says where records become dead letters once more") {
  application a;
  a.pass("app.a", "app.middle.in", 1);
  REQUIRE(a.log.create_topic({.name = topic_name("app.middle.in.dead"), .partitions = 2}));
  const auto plan = plan_replay(a.app, a.log, "middle", {});
  REQUIRE(plan);
  CHECK(has(text_of(*plan), "become dead letters again, in app.middle.in.dead\n"));
  CHECK(has(json_of(*plan), "\"dead_letters_again\": [\n    \"app.middle.in.dead\"\n  ]"));
}

TEST_CASE("a replay removes the streamlet's state only where that was chosen") {
  application a;
  a.pass("app.a", "app.middle.in", 1);
  const topic_name changelog("app.middle.changelog");
  REQUIRE(a.log.create_topic({.name = changelog, .partitions = 2, .cleanup = log::cleanup_policy::compact}));
  auto plan = plan_replay(a.app, a.log, "middle", {});
  REQUIRE(plan);
  CHECK(has(text_of(*plan), "State\n  in app.middle.changelog\n"));
  CHECK(has(json_of(*plan), "\"state\": \"kept\""));
  REQUIRE(carry_out(*plan, a.log));
  CHECK(a.log.describe_topic(changelog));
  plan->drop_state = true;
  CHECK(has(json_of(*plan), "\"state\": \"dropped\""));
  REQUIRE(carry_out(*plan, a.log));
  CHECK_FALSE(a.log.describe_topic(changelog));
}

TEST_CASE("a replay names what it cannot do") {
  application a;
  CHECK(has(a.refused("midle"), "there is no streamlet 'midle'; did you mean 'middle'?"));
  CHECK(has(a.refused("middle.inn"), "has no inlet 'inn'; did you mean 'in'?"));
  CHECK(has(a.refused("middle.zzzzzz"), "there are: in"));
  CHECK(has(a.refused("in"), "has no inlets"));
  CHECK(has(a.refused("middle"), "group 'app.middle.in' has read nothing of topic 'app.a'"));
  a.pass("app.a", "app.middle.in", 1);
  REQUIRE(a.log.declare_writer(topic_name("app.b"), "middle"));
  REQUIRE(a.log.complete_writer(topic_name("app.b"), "middle"));
  auto plan = plan_replay(a.app, a.log, "middle", {});
  REQUIRE(plan);
  CHECK(has(text_of(*plan), "topic app.b is closed"));
}

TEST_CASE("a replay to the end says how many records are skipped") {
  application a;
  a.pass("app.a", "app.middle.in", 4);
  REQUIRE(a.log.reset_group(group_name("app.middle.in"), {topic_name("app.a"), partition_id(0)}, record_offset(1)));
  auto plan = plan_replay(a.app, a.log, "middle", {start_place::kind::latest});
  REQUIRE(plan);
  CHECK(has(text_of(*plan), "app.a/0  1 -> 4, 3 skipped\n"));
}
