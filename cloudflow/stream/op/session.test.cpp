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
