#include "cloudflow/native/line_file.hpp"

#include <doctest/doctest.h>
#include <fstream>
#include <unistd.h>

using namespace cloudflow;
using native::line_file;

namespace {

struct scratch_file {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("cloudflow-native-" + std::to_string(::getpid()) + ".csv");
  scratch_file() { std::filesystem::remove(path); }
  ~scratch_file() { std::filesystem::remove(path); }
  scratch_file(const scratch_file&) = delete;
  scratch_file& operator=(const scratch_file&) = delete;
  void put(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
  [[nodiscard]] std::string text() const {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

} // namespace

TEST_CASE("a line file of which nothing was committed begins anew with its header") {
  const scratch_file at;
  at.put("what was there before, and longer than what comes\n");
  const auto file = line_file::open(at.path, "a,b", 1).value();
  REQUIRE(file->join(0));
  REQUIRE(file->write("1,2\n"));
  CHECK(at.text() == "a,b\n1,2\n");
  CHECK(file->length() == 8);
}

TEST_CASE("a line file is cut to the longest that any task committed, once all have come") {
  const scratch_file at;
  at.put("a,b\n1,2\n3,4\n not comm");
  const auto file = line_file::open(at.path, "a,b", 3).value();
  REQUIRE(file->join(8));
  CHECK_FALSE(file->is_ready());
  REQUIRE(file->join(12));
  CHECK(at.text() == "a,b\n1,2\n3,4\n not comm");
  CHECK(file->length() == 0);
  REQUIRE(file->join(0)); // a task that never wrote
  CHECK(file->is_ready());
  CHECK(at.text() == "a,b\n1,2\n3,4\n");
  REQUIRE(file->write("5,6\n"));
  CHECK(at.text() == "a,b\n1,2\n3,4\n5,6\n");
}

TEST_CASE("a line file that lost what was committed is refused") {
  const scratch_file at;
  at.put("a,b\n");
  const auto file = line_file::open(at.path, "a,b", 1).value();
  const auto done = file->join(100);
  REQUIRE_FALSE(done);
  CHECK(done.error().code == errc::incompatible);
  CHECK(done.error().message.find("has 4 bytes, and 100 were committed before") != std::string::npos);
  CHECK(at.text() == "a,b\n");
  CHECK_FALSE(file->is_ready());
}

TEST_CASE("a line file in a folder that is not there is refused") {
  CHECK_FALSE(line_file::open("/no/such/folder/out.csv", "", 1));
}
