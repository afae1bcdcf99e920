#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

timestamp at(std::chrono::milliseconds t) { return timestamp(t); }

struct click {
  std::string user;
  int page;
};
using visit = windowed<std::string, std::uint64_t>;

auto visits() { return flow<click>().key_by(&click::user).window(session(10min)).aggregate(count()); }

} // namespace

TEST_CASE("session groups what follows within the gap") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<click>().key_by(&click::user).window(session(10min)).aggregate(count()));
  out.request(100);
  in.push_at(at(0min), {"ann", 1});
  in.push_at(at(8min), {"ann", 2});
  in.push_at(at(9min), {"bob", 1});
  in.push_at(at(30min), {"ann", 3});
  in.watermark(at(18min));
  out.expect({visit{"ann", at(0min), at(18min), 2}});
  in.complete();
  out.expect({visit{"bob", at(9min), at(19min), 1}, visit{"ann", at(30min), at(40min), 1}});
  // [/example]
  CHECK(in.committed() == 4);
}

TEST_CASE("an element between two sessions joins them") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, visits());
  out.request(100);
  in.push_at(at(0min), {"ann", 1});
  in.push_at(at(18min), {"ann", 2});
  in.push_at(at(9min), {"ann", 3});
  in.complete();
  out.expect({visit{"ann", at(0min), at(28min), 3}});
}

TEST_CASE("an element whose session is over is late, unless an open one takes it") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, visits());
  out.request(100);
  in.push_at(at(30min), {"ann", 1});
  in.watermark(at(31min));
  in.push_at(at(15min), {"ann", 2}); // would end at 25
  in.push_at(at(21min), {"ann", 3}); // would end at 31, but touches the open one
  in.complete();
  out.expect({visit{"ann", at(21min), at(40min), 2}});
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("late_total", 1));
}

TEST_CASE("an element within the allowed lateness emits its session once more, with it") {
  manual_runtime rt;
  auto [in, out, graph] =
      probes(rt, flow<click>().key_by(&click::user).window(session(10min)).allowed_lateness(15min).aggregate(count()));
  out.request(100);
  in.push_at(at(0min), {"ann", 1});
  in.watermark(at(12min));
  out.expect({visit{"ann", at(0min), at(10min), 1}});
  SUBCASE("at the same end") {
    in.push_at(at(-2min), {"ann", 2});
    out.expect({visit{"ann", at(-2min), at(10min), 2}});
    in.watermark(at(24min));
    in.push_at(at(-1min), {"ann", 3});
    out.expect({visit{"ann", at(-2min), at(10min), 3}});
    in.watermark(at(25min));
    in.push_at(at(-1min), {"ann", 4});
    out.expect_nothing();
    CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("late_total", 1));
  }
  SUBCASE("at a new end, if it prolongs it") {
    in.push_at(at(8min), {"ann", 2});
    out.expect_nothing();
    in.watermark(at(18min));
    out.expect({visit{"ann", at(0min), at(18min), 2}});
  }
  SUBCASE("and another session of the key keeps its end") {
    in.push_at(at(15min), {"ann", 2}); // ends at 25, when the first one goes
    in.push_at(at(1min), {"ann", 3});  // which ends at 11 now, and goes at 26
    out.expect({visit{"ann", at(0min), at(11min), 2}});
    in.watermark(at(25min));
    out.expect({visit{"ann", at(15min), at(25min), 1}});
  }
  in.complete();
  out.expect_nothing();
  CHECK(wait_for(graph).kind == end_kind::complete);
}

TEST_CASE("an element that is too late for its session goes to the late sink") {
  manual_runtime rt;
  out_probe<int> late(rt);
  auto [in, out, graph] = probes(rt, flow<click>()
                                         .key_by(&click::user)
                                         .window(session(10min))
                                         .late_to(flow<click>().map(&click::page).to(sink(late.make_port())))
                                         .aggregate(count()));
  out.request(100);
  late.request(1);
  in.push_at(at(30min), {"ann", 1});
  in.watermark(at(31min));
  in.push_at(at(15min), {"ann", 2});
  late.expect({2});
  in.push_at(at(14min), {"ann", 3});
  in.push_at(at(13min), {"ann", 4});
  late.expect_nothing(); // it has no room
  late.request(5);
  late.expect({3, 4});
  in.complete();
  out.expect({visit{"ann", at(30min), at(40min), 1}});
  late.expect_complete();
  CHECK(in.committed() == 4);
}

TEST_CASE("without a task state a record's offset is done when its key's sessions are") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, visits());
  out.request(100);
  in.push_at(at(0min), {"ann", 1});
  in.push_at(at(9min), {"bob", 1});
  CHECK(in.committed() == 0);
  in.watermark(at(10min));
  CHECK(in.committed() == 1);
}

OPERATOR_CONTRACT(session, flow<int>()
                               .event_time([](int x) { return timestamp(std::chrono::seconds(x * x)); })
                               .key_by([](int x) { return x % 2; })
                               .window(session(20s))
                               .aggregate(sum([](int x) { return x; })))

namespace {

auto patient_sessions() {
  return flow<int>()
      .event_time([](int x) { return timestamp(std::chrono::seconds(x * x)); })
      .key_by([](int x) { return x % 2; })
      .window(session(20s))
      .allowed_lateness(30s)
      .aggregate(sum([](int x) { return x; }));
}

} // namespace

TEST_CASE("sessions that are open to late elements obey the operator contract") {
  check_operator_contract(patient_sessions);
}
