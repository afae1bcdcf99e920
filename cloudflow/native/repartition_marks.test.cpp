#include "cloudflow/native/repartition_marks.hpp"

#include "cloudflow/testkit/stream/memory_task_state.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace std::chrono_literals;
using native::decode_mark;
using native::encode_mark;
using native::repartition_marks;

namespace {

timestamp at(std::int64_t seconds) { return timestamp(std::chrono::seconds(seconds)); }

struct rig {
  std::shared_ptr<testkit::memory_task_state> state = std::make_shared<testkit::memory_task_state>();
  std::unique_ptr<repartition_marks> marks;
  rig() { start(); }
  void start() {
    marks = std::make_unique<repartition_marks>(30s);
    marks->name("repartition-1");
    marks->start(state.get());
    REQUIRE(marks->open());
  }
};

} // namespace

TEST_CASE("event time behind an internal topic stands still until all its writers were heard") {
  rig r;
  CHECK(r.marks->watermark() == stream::no_event_time);
  r.marks->note({0, 3, at(50)}, at(1000));
  r.marks->note({1, 3, at(70)}, at(1001));
  CHECK(r.marks->watermark() == stream::no_event_time);
  r.marks->note({2, 3, at(40)}, at(1002));
  CHECK(r.marks->watermark() == at(40));
  r.marks->note({2, 3, at(80)}, at(1003));
  CHECK(r.marks->watermark() == at(50));
}

TEST_CASE("a writer that is silent for long no longer holds event time back, by the log's time") {
  rig r;
  r.marks->note({0, 2, at(50)}, at(1000));
  CHECK(r.marks->due() == at(1030));
  r.marks->note_time(at(1029));
  CHECK(r.marks->watermark() == stream::no_event_time);
  r.marks->note({0, 2, at(60)}, at(1030));
  CHECK(r.marks->watermark() == at(60));
  CHECK_FALSE(r.marks->due());
  SUBCASE("until it is heard again") {
    r.marks->note({1, 2, at(55)}, at(1031));
    r.marks->note({0, 2, at(90)}, at(1031));
    CHECK(r.marks->watermark() == at(60));
    r.marks->note({1, 2, at(75)}, at(1032));
    CHECK(r.marks->watermark() == at(75));
  }
}

TEST_CASE("what writers told of event time is known again after a restart, as of the last commit") {
  rig r;
  r.marks->note({0, 2, at(50)}, at(1000));
  r.marks->note({1, 2, at(60)}, at(1000));
  r.marks->seal(stream::commit_id(1));
  r.state->commit(stream::commit_id(1));
  r.marks->note({0, 2, at(100)}, at(1010));
  r.marks->seal(stream::commit_id(2));
  r.state->crash();
  r.start();
  CHECK(r.marks->watermark() == at(50));
  r.marks->note({0, 2, at(100)}, at(1010));
  CHECK(r.marks->watermark() == at(60));
}

TEST_CASE("marks survive their header, and what is no mark is refused") {
  const auto encoded = encode_mark({2, 3, at(-7)});
  const auto mark = decode_mark(encoded);
  REQUIRE(mark);
  CHECK(mark->writer == 2);
  CHECK(mark->writers == 3);
  CHECK(mark->watermark == at(-7));
  CHECK_FALSE(decode_mark(bytes_view(encoded).first(15)));
  CHECK_FALSE(decode_mark(encode_mark({3, 3, at(1)})));
  CHECK_FALSE(decode_mark(encode_mark({-1, 3, at(1)})));
  CHECK(native::decode_event_time(native::encode_event_time(at(-12))) == at(-12));
  CHECK_FALSE(native::decode_event_time({}));
}
