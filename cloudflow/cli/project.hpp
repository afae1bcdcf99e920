#pragma once

#include "cloudflow/base/error.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::cli {

/// An application on this machine: its sources and the module that its build makes. Plain data.
struct project {
  std::string name;
  std::string version;
  std::filesystem::path folder;    ///< of the sources
  std::filesystem::path blueprint; ///< the file
  std::filesystem::path module;    ///< lib<name>.so
  std::filesystem::path build;     ///< the build folder
  std::string target;
  std::filesystem::path core;   ///< libcloudflow.so that it is linked to
  std::filesystem::path binary; ///< the folder of the build folder that belongs to the sources
};

/// Finds the project of a folder: its own build folder, or that of a surrounding tree that builds it. A folder with a
/// CMakeLists.txt that was never configured is configured, into `build/`. `talk` gets lines of progress.
/// Errors: `not_found` with what to do; `io_error` with the build tool's last lines.
result<project> find_project(const std::filesystem::path& folder, const std::function<void(std::string_view)>& talk);

/// Builds what changed. Costs a few file stamps when nothing did, no build tool. Errors: `io_error` with the compiler's
/// output.
result<void> build_if_needed(const project& p, const std::function<void(std::string_view)>& talk);

/// Builds everything that the project's own CMakeLists.txt makes: module and tests.
result<void> build_all(const project& p);

/// Runs a program and gives its exit status and output (both streams). Errors: `io_error` or `not_found` if it cannot
/// be started; `cancelled` if Ctrl-C ended it.
struct program_end {
  int status = 0;
  std::string output;
};
result<program_end> run_program(const std::vector<std::string>& arguments);

} // namespace cloudflow::cli
