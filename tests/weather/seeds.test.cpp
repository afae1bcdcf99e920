// The weather example as a whole, in one process, under random orders of everything that may run concurrently.
#include "cloudflow/testkit/application/application_test.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>

using namespace cloudflow;

namespace {

struct written_lines {
  std::string header;
  std::vector<std::string> rows; // sorted: partitions meet in one file
};

written_lines read_lines(const std::filesystem::path& file) {
  written_lines out;
  std::ifstream in(file);
  std::getline(in, out.header);
  for (std::string line; std::getline(in, line);) out.rows.push_back(line);
  std::sort(out.rows.begin(), out.rows.end());
  return out;
}

written_lines run_weather(std::uint64_t seed, const std::filesystem::path& out) {
  testkit::application_test app(std::filesystem::path(WEATHER_EXAMPLE) / "blueprint.conf", seed);
  app.config(std::string("cloudflow.streamlets.ingress.volume-mounts.data=\"" WEATHER_EXAMPLE "/data\""));
  app.config("cloudflow.streamlets.egress.config-parameters.path=\"" + out.string() + "\"");
  app.start();
  app.run();
  app.expect_completed();
  return read_lines(out);
}

} // namespace

TEST_CASE("weather writes the same rows under 100 seeds of random island order") {
  // The stage of the test run gives a folder and holds its first file against the independent calculation.
  const char* given = std::getenv("WEATHER_OUT");
  REQUIRE_MESSAGE(given != nullptr, "WEATHER_OUT names a folder to write to");
  const std::filesystem::path folder(given);
  const auto first = run_weather(1, folder / "seed-1.csv");
  CHECK(first.header == "src,gauge,window_start,window_end,value");
  CHECK(first.rows.size() == 800);
  for (std::uint64_t seed = 2; seed <= 100; ++seed) {
    CAPTURE(seed);
    const auto other = run_weather(seed, folder / "another.csv");
    REQUIRE(other.header == first.header);
    REQUIRE(other.rows == first.rows);
  }
}
