#include "cloudflow/cli/commands.hpp"
#include "cloudflow/cli/project.hpp"

#include <memory>

namespace cloudflow::cli {

namespace {

struct test_options {
  std::string folder = ".";
  std::string only;
};

exit_status test_project(const test_options& given, shell& sh) {
  const auto talk = [&](std::string_view line) { sh.err(std::string(line) + "\n"); };
  const auto found = find_project(given.folder, talk);
  if (!found) return complain(sh, found.error());
  talk("building " + found->name + " and its tests");
  if (auto built = build_all(*found); !built) return complain(sh, built.error());
  std::vector<std::string> arguments = {"ctest", "--test-dir", found->binary.string(), "--output-on-failure",
                                        "--no-tests=error"};
  if (!given.only.empty()) arguments.insert(arguments.end(), {"-R", given.only});
  const auto done = run_program(arguments);
  if (!done) return complain(sh, done.error());
  if (done->output.find("No tests were found") != std::string::npos) {
    sh.err("cloudflow: " + found->name +
           (given.only.empty() ? " has no tests; cloudflow_add_streamlet_test() in its CMakeLists.txt makes one\n"
                               : " has no test that fits " + shown(given.only) + "\n"));
    return exit_status::failure;
  }
  const auto written = print(sh, done->output);
  return done->status == 0 ? written : exit_status::failure;
}

} // namespace

void add_test(command& root, shell& sh) {
  auto given = std::make_shared<test_options>(); // owners: the command
  root.add("test", "Develop", "Build the project and run its tests")
      .takes("DIR", "Folder of the project (default: here)", given->folder)
      .option("--only", "PATTERN", "Only tests whose names fit this regular expression", given->only)
      .details("Builds what changed, then runs every test that the project knows (CTest). Prints one line a test, and\n"
               "all output of those that fail; exit status 1 if one does.")
      .example("examples/sensors", "The streamlets of the example, with taps on their ports: no broker")
      .runs([&sh, given] { return test_project(*given, sh); });
}

} // namespace cloudflow::cli
