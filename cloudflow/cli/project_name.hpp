#pragma once

#include "cloudflow/base/error.hpp"

#include <string>
#include <string_view>

namespace cloudflow::cli {

/// What follows from the name of a new project. Plain data.
struct project_names {
  std::string name;  ///< the application's id and the build's target: "my-app"
  std::string space; ///< C++ and Avro namespace, never a word that means something already: "my_app", "sensors_app"
  std::string klass; ///< what class names begin with: "my-app", "app-2go"
};

/// Errors: `invalid_argument` for what is no application id or is a target that build tools keep for themselves, with
/// a name that would do.
result<project_names> names_of_project(std::string_view name);

} // namespace cloudflow::cli
