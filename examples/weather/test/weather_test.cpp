#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>

#include "cloudflow/testkit/streamlet/streamlet_test.hpp"
#include "weather_schemas/average.hpp"
#include "weather_schemas/reading.hpp"

#include <filesystem>
#include <fstream>
#include <sstream>

using namespace cloudflow;
using testkit::streamlet_test;
using weather::average;
using weather::reading;

namespace {

timestamp day(int n) { return timestamp(std::chrono::days(n)); }

// A folder of this test's own, gone at its end.
class scratch_folder {
  std::filesystem::path path_;

public:
  scratch_folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weather-test-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~scratch_folder() { std::filesystem::remove_all(path_); }
  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;
  const std::filesystem::path& path() const { return path_; }

  void write(const std::string& name, const std::string& text) const { std::ofstream(path_ / name) << text; }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path_ / name).rdbuf();
    return text.str();
  }
};

} // namespace

TEST_CASE("file_ingress emits a reading for each line behind the header and completes at the end") {
  const scratch_folder folder;
  folder.write("weather-readings.csv", "src,timestamp,gauge,value\n"
                                       "Oslo,86400000,wind,3.5\n"
                                       "Oslo,172800000,temp_min,-7.25\n");
  streamlet_test t("weather.file-ingress");
  auto out = t.probe<reading>("out");
  t.mount("data", folder.path());
  t.start();
  t.run();
  out.expect({{"Oslo", day(1), "wind", 3.5}, {"Oslo", day(2), "temp_min", -7.25}});
  t.expect_completed();
}

TEST_CASE("file_ingress reads the file that its parameter names") {
  const scratch_folder folder;
  folder.write("other.csv", "src,timestamp,gauge,value\nRome,0,wind,1\n");
  streamlet_test t("weather.file-ingress");
  auto out = t.probe<reading>("out");
  t.mount("data", folder.path()).config("file", "other.csv");
  t.start();
  t.run();
  out.expect({{"Rome", day(0), "wind", 1.0}});
}

TEST_CASE("file_ingress keys readings by city and gauge, as the windows group them") {
  const scratch_folder folder;
  folder.write("weather-readings.csv", "src,timestamp,gauge,value\nOslo,0,wind,1\n");
  streamlet_test t("weather.file-ingress");
  auto out = t.probe<reading>("out");
  t.mount("data", folder.path());
  t.start();
  t.run();
  const auto records = out.take_records();
  REQUIRE(records.size() == 1);
  CHECK(records[0].key == "Oslo|wind");
}

TEST_CASE("file_ingress fails with the text that is no number") {
  const scratch_folder folder;
  folder.write("weather-readings.csv", "src,timestamp,gauge,value\nOslo,0,wind,strong\n");
  streamlet_test t("weather.file-ingress");
  t.mount("data", folder.path());
  t.start();
  t.run();
  t.expect_failed("'strong' is no number");
}

TEST_CASE("moving_average emits 30 days every 15 days, aligned to the epoch") {
  streamlet_test t("weather.moving-average");
  auto in = t.tap<reading>("in");
  auto out = t.probe<average>("out");
  t.start();
  for (int n = 0; n < 31; ++n) in.push({"Oslo", day(n), "wind", n < 15 ? 1.0 : 3.0});
  t.run();
  out.expect({{"Oslo", "wind", day(-15), day(15), 1.0}, {"Oslo", "wind", day(0), day(30), 2.0}});

  in.complete();
  t.run();
  out.expect({{"Oslo", "wind", day(15), day(45), 3.0}, {"Oslo", "wind", day(30), day(60), 3.0}});
  t.expect_completed();
}

TEST_CASE("csv_egress writes a header and a line per average, doubles in their shortest form") {
  const scratch_folder folder;
  streamlet_test t("weather.csv-egress");
  auto in = t.tap<average>("in");
  t.config("path", (folder.path() / "out.csv").string());
  t.start();
  in.push({"Oslo", "wind", day(0), day(30), 0.1});
  in.push({"Rome", "wind", day(15), day(45), 2.0});
  in.complete();
  t.run();
  CHECK(folder.read("out.csv") == "src,gauge,window_start,window_end,value\n"
                                  "Oslo,wind,0,2592000000,0.1\n"
                                  "Rome,wind,1296000000,3888000000,2.0\n");
  CHECK(in.committed() == 2);
}

TEST_CASE("csv_egress cannot start when its folder is missing") {
  streamlet_test t("weather.csv-egress");
  t.config("path", "/nonexistent/folder/out.csv");
  CHECK_THROWS_WITH_AS(t.start(), doctest::Contains("/nonexistent/folder/out.csv"), testkit::expectation_failed);
}
