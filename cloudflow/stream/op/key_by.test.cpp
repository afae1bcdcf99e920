#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

#include <string>

namespace {
struct reading {
  std::string src;
  std::string gauge;
  double value;
};
} // namespace

TEST_CASE("key_by keeps one state per key") {
  // [example]
  manual_runtime rt;
  collect<keyed<std::string, double>> out;
  auto graph = rt.start(source(std::vector<reading>{{"oslo", "t", 1}, {"rome", "t", 20}, {"oslo", "t", 3}})
                            .key_by(&reading::src)
                            .aggregate(avg(&reading::value))
                            .to(out));
  CHECK(out.values() == std::vector<keyed<std::string, double>>{{"oslo", 2}, {"rome", 20}});
  // [/example]
  CHECK(graph.finished());
}

TEST_CASE("key_by of several parts gives a tuple") {
  manual_runtime rt;
  using key = std::tuple<std::string, std::size_t>;
  collect<keyed<key, std::uint64_t>> out;
  auto graph = rt.start(source(std::vector<reading>{{"a", "xx", 1}, {"a", "yy", 1}, {"a", "z", 1}})
                            .key_by(&reading::src, [](const reading& r) { return r.gauge.size(); })
                            .aggregate(count())
                            .to(out));
  CHECK(out.values() == std::vector<keyed<key, std::uint64_t>>{{{"a", 2}, 2}, {{"a", 1}, 1}});
}

TEST_CASE("a throw of a key fails the graph whatever the inlet's policy") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>()
                                         .key_by([](int x) {
                                           if (x == 2) throw std::runtime_error("no key for two");
                                           return x;
                                         })
                                         .aggregate(count()));
  in.skip_failures();
  in.push(1, 2);
  out.expect_ending(end_kind::fail);
  CHECK(in.committed() == 0);
}

OPERATOR_CONTRACT(key_by, flow<int>().key_by([](int x) { return x % 3; }).aggregate(count()))
