#include "cloudflow/stream/offset/tracker.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;

namespace {
constexpr partition_id p0{0};
constexpr partition_id p1{1};
constexpr record_offset at(std::int64_t n) { return record_offset(n); }
} // namespace

TEST_CASE("a position passes runs in order only") {
  offset_tracker tracker("in");
  auto first = tracker.run(p0, at(0), at(9));
  auto second = tracker.run(p0, at(10), at(19));
  auto other = tracker.run(p1, at(5), at(7));
  second.acknowledge();
  CHECK(tracker.position_of(p0) == at(0));
  CHECK(tracker.take_progress().empty());
  first.acknowledge();
  CHECK(tracker.position_of(p0) == at(20));
  CHECK(tracker.take_progress() == std::vector<offset_tracker::committable>{{p0, at(20)}});
  other.acknowledge();
  CHECK(tracker.take_progress() == std::vector<offset_tracker::committable>{{p1, at(8)}});
  CHECK(tracker.outstanding() == 0);
}

TEST_CASE("a run is done when its last reference was acknowledged") {
  offset_tracker tracker("in");
  auto guard = tracker.run(p0, at(0), at(9));
  auto held = token_ref::share(guard.get());
  guard.acknowledge();
  CHECK(tracker.position_of(p0) == at(0));
  held.acknowledge();
  CHECK(tracker.position_of(p0) == at(10));
}

TEST_CASE("a run that is taken back in part counts up to there") {
  offset_tracker tracker("in");
  auto guard = tracker.run(p0, at(0), at(9));
  tracker.take_back(p0, at(4));
  tracker.take_back(p1, at(4));
  tracker.cut(commit_id(1));
  CHECK(tracker.position_of(p0) == at(0));
  guard.acknowledge();
  CHECK(tracker.take_progress(commit_id(1)) == std::vector<offset_tracker::committable>{{p0, at(4)}});
  tracker.take_back(p0, at(7));
  CHECK(tracker.position_of(p0) == at(4));
}

TEST_CASE("an abandoned reference blocks its partition for good") {
  offset_tracker tracker("in");
  auto guard = tracker.run(p0, at(3), at(9));
  { const auto lost = token_ref::share(guard.get()); }
  guard.acknowledge();
  tracker.run(p0, at(10), at(19)).acknowledge();
  CHECK(tracker.position_of(p0) == at(3));
  CHECK(tracker.abandoned() == 1);
}

TEST_CASE("a holder keeps the earliest run of each partition only") {
  offset_tracker tracker("in");
  token_holder holder;
  for (int i = 0; i < 100; ++i) {
    auto run = tracker.run(partition_id(i % 2), at(i * 10), at(i * 10 + 9));
    holder.add(run.get());
    holder.add(run.get());
    run.acknowledge();
  }
  CHECK(holder.size() == 2);
  CHECK(tracker.outstanding() == 2);
  CHECK(tracker.position_of(p0) == at(0));
  auto all = holder.take();
  CHECK(tracker.position_of(p1) == at(10));
  all.acknowledge();
  CHECK(tracker.position_of(p0) == at(990));
  CHECK(tracker.position_of(p1) == at(1000));
}

TEST_CASE("a holder that sees an earlier run late moves its hold there") {
  offset_tracker tracker("in");
  auto early = tracker.run(p0, at(0), at(9));
  auto late = tracker.run(p0, at(10), at(19));
  token_holder holder;
  holder.add(late.get());
  holder.add(early.get());
  early.acknowledge();
  late.acknowledge();
  CHECK(tracker.outstanding() == 1);
  CHECK(tracker.position_of(p0) == at(0));
  holder.acknowledge();
  CHECK(tracker.position_of(p0) == at(20));
}

TEST_CASE("a token tells the position of its elements") {
  offset_tracker tracker("readings");
  auto run = tracker.run(p1, at(7), at(9));
  CHECK(run.get()->at(at(8))->text() == "readings/1/8");
  run.acknowledge();
}
