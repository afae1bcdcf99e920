#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;

#include <stdexcept>
#include <vector>

TEST_CASE("flat_map emits the elements of each range in order") {
  // [example]
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<std::string>().flat_map([](std::string line) {
    std::vector<std::string> words(1);
    for (const char c : line) {
      if (c == ' ')
        words.emplace_back();
      else
        words.back() += c;
    }
    return words;
  }));
  out.request(10);
  in.push("to be", "or");
  out.expect({"to", "be", "or"});
  // [/example]
}

TEST_CASE("flat_map holds the rest of one range and its offset while downstream has no demand") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().flat_map([](int x) { return std::vector<int>(3, x); }));
  out.request(2);
  in.push(1, 2);
  out.expect({1, 1});
  CHECK(in.committed() == 0);
  out.request(2);
  out.expect({1, 2});
  CHECK(in.committed() == 1);
  graph.drain();
  out.request(10);
  out.expect({2, 2});
  out.expect_ending(end_kind::drain);
  CHECK(in.committed() == 2);
}

TEST_CASE("flat_map takes back what a skipped record made before a later stage threw") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>()
                                         .flat_map([](int x) {
                                           return std::vector{x, x + 1, x + 2};
                                         })
                                         .map([](int x) {
                                           if (x == 12) throw std::runtime_error("twelve");
                                           return x;
                                         }));
  in.skip_failures();
  out.request(100);
  in.push(1, 10, 20);
  out.expect({1, 2, 3, 20, 21, 22});
  CHECK(in.skipped() == 1);
  CHECK(in.committed() == 3);
}

TEST_CASE("flat_map passes a watermark behind the elements in front of it") {
  manual_runtime rt;
  auto [in, out, graph] = probes(rt, flow<int>().flat_map([](int x) { return std::vector<int>(2, x); }));
  out.request(1);
  in.queue(1);
  in.watermark(timestamp(std::chrono::milliseconds(5)));
  CHECK(out.watermark() == no_event_time);
  out.request(1);
  CHECK(out.watermark() == timestamp(std::chrono::milliseconds(5)));
}

OPERATOR_CONTRACT(flat_map,
                  flow<int>().flat_map([](int x) { return std::vector<int>(static_cast<std::size_t>(x % 4), x); }))
OPERATOR_CONTRACT(flat_map_across_a_queue, flow<int>().flat_map([](int x) { return std::vector<int>(3, x); }).async(2))
