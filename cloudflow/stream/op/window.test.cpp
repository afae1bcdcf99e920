#include "cloudflow/testkit/stream/probe.hpp"

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
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, averages());
  out.request(100);
  in.push_at(at(10s), {"a", "t", 1});
  in.push_at(at(40s), {"a", "t", 3});
  in.push_at(at(50s), {"b", "t", 5});
  in.watermark(at(29s));
  out.expect_nothing();
  in.watermark(at(30s));
  out.expect({average{{"a", "t"}, at(-30s), at(30s), 1.0}});
  in.watermark(at(60s));
  out.expect({average{{"a", "t"}, at(0s), at(60s), 2.0}, average{{"b", "t"}, at(0s), at(60s), 5.0}});
  in.watermark(at(95s));
  out.expect({average{{"a", "t"}, at(30s), at(90s), 3.0}, average{{"b", "t"}, at(30s), at(90s), 5.0}});
  CHECK(in.committed() == 3);
  in.complete();
  out.expect_complete();
  out.expect_nothing();
}
