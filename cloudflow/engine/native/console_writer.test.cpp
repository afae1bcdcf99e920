#include "cloudflow/engine/native/console_writer.hpp"

#include <doctest/doctest.h>

#include <future>
#include <vector>

using namespace cloudflow;
using engine::console_writer;

TEST_CASE("a console that keeps its writer waiting does not keep those who write to it") {
  std::promise<void> somebody_reads;
  auto reads = somebody_reads.get_future().share();
  std::string written;
  std::vector<int> safe;
  {
    console_writer console([&](std::string_view lines) {
      reads.wait();
      written += lines;
    });
    console.write_later("one\n", [&](const auto& done) {
      CHECK(done);
      safe.push_back(1);
    });
    console.write_later("two\nthree\n", [&](const auto&) { safe.push_back(2); });
    CHECK(safe.empty()); // nobody could have written
    somebody_reads.set_value();
  }
  CHECK(written == "one\ntwo\nthree\n");
  CHECK(safe == std::vector<int>{1, 2});
}

TEST_CASE("lines of one writer keep their order on the console") {
  std::string written;
  std::string expected;
  {
    console_writer console([&](std::string_view lines) { written += lines; });
    for (int i = 0; i < 1000; ++i) {
      const auto line = std::to_string(i) + "\n";
      expected += line;
      console.write_later(line, [](const auto&) {});
    }
  }
  CHECK(written == expected);
}
