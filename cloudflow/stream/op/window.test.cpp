#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

struct reading {
  std::string src;
  std::string gauge;
  double value;
};
using key = std::tuple<std::string, std::string>;
using average = windowed<key, double>;

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

auto averages() {
  return flow<reading>()
      .key_by(&reading::src, &reading::gauge)
      .window(sliding(1min, 30s))
      .aggregate(avg(&reading::value));
}

} // namespace

TEST_CASE("window emits a window when the watermark reaches its end") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<reading>()
                                         .key_by(&reading::src, &reading::gauge)
                                         .window(sliding(1min, 30s))
                                         .aggregate(avg(&reading::value)));
  out.request(100);
  in.push_at(at(10s), {"a", "t", 1});
  in.push_at(at(40s), {"a", "t", 3});
  in.push_at(at(50s), {"b", "t", 5});
  in.watermark(at(29s));
  out.expect_nothing();
  in.watermark(at(30s));
  out.expect({average{{"a", "t"}, at(-30s), at(30s), 1.0}});
  // [/example]
  in.watermark(at(60s));
  out.expect({average{{"a", "t"}, at(0s), at(60s), 2.0}, average{{"b", "t"}, at(0s), at(60s), 5.0}});
  in.watermark(at(95s));
  out.expect({average{{"a", "t"}, at(30s), at(90s), 3.0}, average{{"b", "t"}, at(30s), at(90s), 5.0}});
  CHECK(in.committed() == 3);
  in.complete();
  out.expect_complete();
  out.expect_nothing();
}

TEST_CASE("window drops and counts what is late for all its windows") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  out.request(100);
  in.watermark(at(65s));
  in.push_at(at(29s), {"a", "t", 1}); // its last window ended at 60 s
  in.push_at(at(31s), {"a", "t", 2}); // still belongs to [30 s, 90 s)
  in.watermark(at(90s));
  out.expect({average{{"a", "t"}, at(30s), at(90s), 2.0}});
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("late_total", 1));
  CHECK(in.committed() == 2);
}

TEST_CASE("window holds a record's offset until its last window is acknowledged") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  out.hold_tokens();
  out.request(100);
  in.push_at(at(40s), {"a", "t", 1});
  in.push_at(at(130s), {"a", "t", 1});
  in.watermark(at(90s));
  CHECK(out.take().size() == 2);
  CHECK(in.committed() == 0);
  out.acknowledge();
  CHECK(in.committed() == 1);
}

TEST_CASE("window emits nothing on drain and commits nothing that is open") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  out.request(100);
  in.push_at(at(10s), {"a", "t", 1});
  in.push_at(at(100s), {"a", "t", 1});
  in.watermark(at(61s));
  out.expect({average{{"a", "t"}, at(-30s), at(30s), 1.0}, average{{"a", "t"}, at(0s), at(60s), 1.0}});
  CHECK(in.committed() == 1);
  graph.drain();
  rt.settle();
  out.expect_nothing();
  out.expect_ending(end_kind::drain);
  CHECK(in.committed() == 1);
  CHECK(in.held() == 0);
}

TEST_CASE("window pauses in the middle of a window when downstream has no demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  for (int i = 0; i < 5; ++i) in.push_at(at(10s), {std::to_string(i), "t", 1});
  out.request(1);
  in.complete();
  CHECK(out.take().size() == 1);
  out.request(3);
  CHECK(out.take().size() == 3);
  CHECK(!graph.finished());
  out.request(100);
  CHECK(out.take().size() == 6);
  CHECK(graph.finished());
  CHECK(in.committed() == 5);
}

TEST_CASE("an element without event time fails the window with advice") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  in.push(reading{"a", "t", 1});
  out.expect_ending(end_kind::fail);
  CHECK(out.ending()->why->text.find(".event_time(") != std::string::npos);
}

TEST_CASE("an event time beyond all calendars fails the window") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  in.push_at(timestamp::max(), {"a", "t", 1});
  out.expect_ending(end_kind::fail);
}

TEST_CASE("windows give what counting by hand gives, for random sizes, slides and times") {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    seeded_random random(seed);
    const auto size = 1 + static_cast<std::int64_t>(random.below(12));
    const auto slide = 1 + static_cast<std::int64_t>(random.below(15));
    struct event {
      int key;
      std::int64_t time;
    };
    std::vector<event> events;
    for (int i = 0; i < 40; ++i)
      events.push_back({static_cast<int>(random.below(4)), static_cast<std::int64_t>(random.below(80)) - 40});
    manual_runtime rt(seed);
    collect<windowed<int, std::uint64_t>> out;
    auto graph =
        rt.start(source(events)
                     .event_time([](const event& e) { return timestamp(std::chrono::milliseconds(e.time)); }, 1h)
                     .key_by(&event::key)
                     .window(sliding(std::chrono::milliseconds(size), std::chrono::milliseconds(slide)))
                     .aggregate(count())
                     .async(2)
                     .to(out));
    REQUIRE(graph.finished());
    std::vector<windowed<int, std::uint64_t>> wanted;
    for (std::int64_t start = -60 * slide; start <= 60 * slide; start += slide) {
      for (int key = 0; key < 4; ++key) {
        const auto n = std::count_if(events.begin(), events.end(), [&](const event& e) {
          return e.key == key && e.time >= start && e.time < start + size;
        });
        if (n > 0)
          wanted.push_back({key, timestamp(std::chrono::milliseconds(start)),
                            timestamp(std::chrono::milliseconds(start + size)), static_cast<std::uint64_t>(n)});
      }
    }
    auto seen = out.values();
    CHECK(std::is_sorted(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.end < b.end; }));
    std::sort(seen.begin(), seen.end(),
              [](const auto& a, const auto& b) { return std::tie(a.start, a.key) < std::tie(b.start, b.key); });
    CHECK_MESSAGE(seen == wanted, "seed " << seed);
  }
}

TEST_CASE("window obeys the operator contract") { // OPERATOR_CONTRACT(window): after a restart keys come in any order
  check_operator_contract(
      [] {
        return flow<int>()
            .event_time([](int s) { return timestamp(std::chrono::seconds(s)); })
            .key_by([](int x) { return x % 2; })
            .window(sliding(4s, 2s))
            .aggregate(count());
      },
      {.restarts_ordered = false});
}
