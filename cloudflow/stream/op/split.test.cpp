#include "cloudflow/testkit/stream/operator_contract.hpp"

#include <doctest/doctest.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

#include <string>
#include <variant>

TEST_CASE("split sends every alternative to its own branch") {
  // [example]
  manual_runtime rt;
  collect<int> numbers;
  collect<std::string> words;
  auto graph = rt.start(source(std::vector<std::variant<int, std::string>>{1, "two", 3}).split_to(numbers, words));
  CHECK(numbers.values() == std::vector{1, 3});
  CHECK(words.values() == std::vector<std::string>{"two"});
  // [/example]
  CHECK(graph.finished());
}

TEST_CASE("split drops and counts what belongs to a branch that cancelled") {
  manual_runtime rt;
  in_probe<std::variant<int, char>> in(rt);
  out_probe<int> ints(rt);
  out_probe<char> chars(rt);
  auto graph = rt.start(source(in.make_port()).split_to(sink(ints.make_port()), sink(chars.make_port())));
  ints.request(10);
  chars.request(10);
  chars.cancel();
  in.push(1, 'x', 2);
  ints.expect({1, 2});
  CHECK(in.committed() == 3);
  CHECK(graph.describe().at(0).counters.at(0) == std::pair<std::string, std::uint64_t>("dropped_total", 1));
}

TEST_CASE("split waits for the branch that has no demand") {
  manual_runtime rt;
  in_probe<std::variant<int, char>> in(rt);
  out_probe<int> ints(rt);
  out_probe<char> chars(rt);
  auto graph = rt.start(source(in.make_port()).split_to(sink(ints.make_port()), sink(chars.make_port())));
  ints.request(10);
  in.push(1);
  ints.expect_nothing();
  chars.request(1);
  ints.expect({1});
}

namespace {
/// Even numbers go one way, odd ones another; a merge brings them together.
struct by_parity {
  template <class In> using output = int;
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    auto even = std::make_shared<boundary<int>>(4);
    auto odd = std::make_shared<boundary<int>>(2);
    into.add_island(stream::detail::merge_driver<int>({even, odd}, 30s), std::move(next));
    using stage = split_sink<>::stage<std::variant<int, int>, boundary_out<int>, boundary_out<int>>;
    return stage(boundary_out<int>(even), boundary_out<int>(odd));
  }
};
} // namespace

TEST_CASE("split obeys the operator contract") { // OPERATOR_CONTRACT(split): order between branches is free
  check_operator_contract(
      [] {
        return flow<int>()
            .map([](int x) {
              return x % 2 == 0 ? std::variant<int, int>(std::in_place_index<0>, x)
                                : std::variant<int, int>(std::in_place_index<1>, x);
            })
            .via(by_parity());
      },
      {.ordered = false, .seeds = 300});
}
