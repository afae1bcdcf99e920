#include "cloudflow/cli/project_name.hpp"

#include "cloudflow/blueprint/names.hpp"
#include "cloudflow/cli/arguments.hpp"

#include <algorithm>
#include <array>

namespace cloudflow::cli {

namespace {

// Targets that CMake and its generators make themselves, and names that linking takes for system libraries.
constexpr std::array<std::string_view, 17> kept = {"all", "c",       "clean",   "depend", "dl",        "edit-cache",
                                                   "gcc", "help",    "install", "m",      "package",   "pthread",
                                                   "rt",  "rebuild", "stdc",    "test",   "zero-check"};

} // namespace

result<project_names> names_of_project(std::string_view name) {
  const auto refuse = [&](const std::string& why, std::string instead) {
    if (!blueprint::is_label(instead)) instead = "my-app";
    return user_error(errc::invalid_argument, shown(name) + " " + why + "; try '" + instead + "'");
  };
  if (!blueprint::is_label(name))
    return refuse(
        "is no name for an application: at most 63 lower-case letters, digits and dashes, a letter or digit at "
        "both ends",
        blueprint::normalise_app_id(name));
  if (std::find(kept.begin(), kept.end(), name) != kept.end())
    return refuse("is a word that build tools keep for themselves", std::string(name) + "-app");

  const bool digit_first = name.front() >= '0' && name.front() <= '9';
  project_names out{std::string(name), std::string(name), std::string(name)};
  std::replace(out.space.begin(), out.space.end(), '-', '_');
  // `time`, `double` and `stream` are taken; nothing that ends in _app is. A double underscore would be the compiler's.
  for (auto at = out.space.find("__"); at != std::string::npos; at = out.space.find("__")) out.space.erase(at, 1);
  if (!out.space.ends_with("_app")) out.space += "_app";
  if (digit_first) {
    out.space = "app_" + out.space;
    out.klass = "app-" + out.klass;
  }
  return out;
}

} // namespace cloudflow::cli
