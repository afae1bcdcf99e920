#include "cloudflow/testkit/stream/memory_task_state.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <cstdio>
#include <doctest/doctest.h>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace cloudflow;
using namespace cloudflow::stream;
using namespace cloudflow::testkit;
using namespace std::chrono_literals;

namespace {

/// A file of the test's own, gone at the end.
struct scratch_file {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cloudflow-stream-" + std::to_string(::getpid()) + ".txt");
  explicit scratch_file(const std::string& text) { std::ofstream(path, std::ios::binary) << text; }
  ~scratch_file() { std::filesystem::remove(path); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  [[nodiscard]] std::string text() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

std::vector<std::string> lines_of(const std::string& text, file_lines_options options) {
  const scratch_file file(text);
  manual_runtime rt;
  collect<std::string> out;
  auto graph = rt.start(source(file_lines(file.path, options)).to(out));
  CHECK(graph.finished());
  return out.values();
}

} // namespace

TEST_CASE("file_lines gives the lines of a file whatever the size of a block") {
  const std::vector<std::string> wanted{"one", "", "three", "four"};
  for (std::size_t block = 1; block < 20; ++block) {
    CHECK(lines_of("one\n\r\nthree\r\nfour", {.block = block}) == wanted);
    CHECK(lines_of("one\n\nthree\nfour\n", {.block = block}) == wanted);
  }
  CHECK(lines_of("", {}).empty());
}

TEST_CASE("file_lines leaves out the lines that are no data") {
  CHECK(lines_of("src,value\na,1\nb,2\n", {.block = 4, .skip = 1}) == std::vector<std::string>{"a,1", "b,2"});
  CHECK(lines_of("only a header\n", {.skip = 1}).empty());
}

TEST_CASE("file_lines goes on after a crash behind what was committed") {
  std::string text = "header\n";
  std::vector<std::string> all;
  for (int i = 0; i < 2'000; ++i) text += all.emplace_back("line " + std::to_string(i)) + "\n";
  const scratch_file file(text);
  const auto state = std::make_shared<memory_task_state>();
  std::vector<std::string> committed;
  // Each run commits once, after some turns, and dies after some more; the last one comes to the end.
  for (std::size_t turns = 1; turns < 60; ++turns) {
    manual_runtime rt(turns);
    collect<std::string> out;
    auto graph = rt.run(source(file_lines(file.path, {.block = 64, .skip = 1})).async(8).to(out), {.state = state});
    for (std::size_t i = 0; i < turns && rt.step(); ++i) {
    }
    bool all_have_it = false;
    graph.barrier(commit_id(1), [&] { all_have_it = true; });
    while (!all_have_it && !graph.finished() && rt.step()) {
    }
    const bool over = graph.finished();
    if (over || all_have_it) {
      state->commit(commit_id(1));
      const auto seen = out.values();
      committed.insert(committed.end(), seen.begin(), seen.end());
    }
    graph.release(commit_id(1));
    for (std::size_t i = 0; i < 3 && rt.step(); ++i) {
    }
    graph.abort();
    rt.settle();
    state->crash();
    if (over) break;
  }
  CHECK(committed == all);
  // A file that was read to its end gives nothing more.
  manual_runtime rt;
  collect<std::string> out;
  CHECK(rt.run(source(file_lines(file.path, {.skip = 1})).to(out), {.state = state}).finished() == false);
  rt.settle();
  CHECK(out.values().empty());
}

TEST_CASE("file_lines refuses a file that lost what was read of it") {
  const auto state = std::make_shared<memory_task_state>();
  {
    const scratch_file file("one\ntwo\nthree\n");
    manual_runtime rt;
    auto graph = rt.run(source(file_lines(file.path)).to(ignore()), {.state = state});
    rt.settle();
    state->commit(commit_id(1));
    state->crash();
  }
  const scratch_file shorter("one\n");
  manual_runtime rt;
  auto graph = rt.run(source(file_lines(shorter.path)).to(ignore()), {.state = state});
  rt.settle();
  std::string why;
  graph.completed([&](const run_result& how) { why = how.why ? how.why->text : "completed"; });
  CHECK(why.find("it was read up to byte 14 before, and has 4 bytes now") != std::string::npos);
}

TEST_CASE("file_lines fails on a line that is too long") {
  const scratch_file file("short\n" + std::string(100, 'x') + "\n");
  manual_runtime rt;
  collect<std::string> out;
  auto graph = rt.start(source(file_lines(file.path, {.block = 16, .longest_line = 50})).to(out));
  run_result result;
  graph.completed([&](const run_result& how) { result = how; });
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->text.find("line 2 is longer than 50 bytes") != std::string::npos);
  CHECK(out.values() == std::vector<std::string>{"short"});
}

TEST_CASE("file_lines fails on a file that is not there") {
  manual_runtime rt;
  auto graph = rt.start(source(file_lines("/nowhere/at/all.csv")).to(ignore()));
  run_result result;
  graph.completed([&](const run_result& how) { result = how; });
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->text.find("/nowhere/at/all.csv: cannot open") != std::string::npos);
}

TEST_CASE("a failure tells the line of the file") {
  const scratch_file file("a\nb\nc\n");
  manual_runtime rt;
  auto graph = rt.start(source(file_lines(file.path)).to(for_each([](std::string line) {
    if (line == "b") throw std::runtime_error("bad line");
  })));
  run_result result;
  graph.completed([&](const run_result& how) { result = how; });
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->at->offset == record_offset(2));
}

TEST_CASE("tick counts intervals and leaves out those without demand") {
  manual_runtime rt;
  out_probe<std::uint64_t> out(rt);
  auto graph = rt.start(tick(10ms).to(sink(out.make_port())));
  out.request(2);
  out.expect({0});
  rt.advance(10ms);
  out.expect({1});
  rt.advance(35ms);
  out.expect_nothing();
  out.request(5);
  out.expect({4});
  rt.advance(5ms);
  out.expect({5});
  graph.drain();
  rt.settle();
  out.expect_ending(end_kind::drain);
  CHECK(rt.timers() == 0);
}

TEST_CASE("a tick of no length is one millisecond") {
  manual_runtime rt;
  out_probe<std::uint64_t> out(rt);
  auto graph = rt.start(tick(0ms).to(sink(out.make_port())));
  out.request(100);
  rt.advance(2ms);
  out.expect({0, 1, 2});
}

TEST_CASE("queue_source tells the offerer when it is full and when it is over") {
  manual_runtime rt;
  queue_source<int> in(2);
  out_probe<int> out(rt);
  auto graph = rt.start(source(in).to(sink(out.make_port())));
  CHECK(in.offer(1) == offer_result::accepted);
  CHECK(in.offer(2) == offer_result::accepted);
  CHECK(in.offer(3) == offer_result::full);
  out.request(1);
  out.expect({1});
  CHECK(in.offer(3) == offer_result::accepted);
  graph.drain();
  out.request(10);
  out.expect({2, 3});
  out.expect_ending(end_kind::drain);
  CHECK(in.offer(4) == offer_result::closed);
}

TEST_CASE("queue_sink holds offsets until its elements are taken") {
  manual_runtime rt;
  in_probe<int> in(rt);
  queue_sink<int> out(2);
  auto graph = rt.start(source(in.make_port()).to(out));
  in.push(1, 2, 3);
  CHECK(in.pulled() == 2);
  CHECK(in.committed() == 0);
  CHECK(out.try_take() == 1);
  rt.settle();
  CHECK(in.committed() == 1);
  CHECK(out.try_take() == 2);
  rt.settle();
  CHECK(out.try_take() == 3);
  CHECK(!out.try_take());
  out.cancel();
  rt.settle();
  CHECK(in.cancelled());
  CHECK(graph.finished());
}

TEST_CASE("file_sink writes a line per element") {
  const scratch_file file("old");
  {
    manual_runtime rt;
    auto graph = rt.start(source(std::vector<std::string>{"x", "y"}).to(sink(file_sink(file.path))));
    CHECK(graph.finished());
  }
  CHECK(file.text() == "x\ny\n");
  manual_runtime rt;
  auto graph = rt.start(source(std::vector<std::string>{"z"}).to(sink(file_sink(file.path, file_mode::append))));
  CHECK(file.text() == "x\ny\nz\n");
}

TEST_CASE("file_sink fails the graph when it cannot write, and nothing is committed") {
  manual_runtime rt;
  in_probe<std::string> in(rt);
  auto graph = rt.start(source(in.make_port()).to(sink(file_sink("/nowhere/at/all.txt"))));
  in.push("x");
  run_result result;
  graph.completed([&](const run_result& how) { result = how; });
  REQUIRE(result.kind == end_kind::fail);
  CHECK(result.why->text.find("/nowhere/at/all.txt: cannot open") != std::string::npos);
  CHECK(in.committed() == 0);
  CHECK(in.held() == 0);
}

TEST_CASE("a console gets whole lines, one write per batch") {
  struct text_output final : line_output {
    std::vector<std::string> writes;
    result<void> write(std::string_view lines) override {
      writes.emplace_back(lines);
      return {};
    }
  };
  manual_runtime rt;
  const auto console = std::make_shared<text_output>();
  auto graph = rt.start(source(std::vector<std::string>{"x", "y"}).to(sink(lines_to(console))));
  CHECK(console->writes == std::vector<std::string>{"x\ny\n"});
}
