#include "cloudflow/base/work_mark.hpp"

#include <doctest/doctest.h>

#include <string_view>
#include <thread>

using namespace cloudflow;

TEST_CASE("a work mark nests and ends with its scope") {
  CHECK(current_work().owner == nullptr);
  {
    const work_scope outer({"averages", "map"});
    {
      const work_scope inner({"averages", "build()"});
      CHECK(std::string_view(current_work().part) == "build()");
    }
    CHECK(std::string_view(current_work().owner) == "averages");
    CHECK(std::string_view(current_work().part) == "map");
  }
  CHECK(current_work().owner == nullptr);
}

TEST_CASE("a work mark is its thread's alone") {
  const work_scope mine({"averages", "map"});
  const char* other = "unread";
  std::jthread([&] { other = current_work().owner; }).join();
  CHECK(other == nullptr);
}
