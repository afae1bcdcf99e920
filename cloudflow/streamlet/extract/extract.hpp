#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <chrono>
#include <filesystem>
#include <string>

namespace cloudflow::streamlet {

/// Makes the descriptor of a module in child processes: one loads it, one a class makes the object and asks for its
/// shape. A constructor that throws, crashes, exits or hangs costs that class only and becomes an `extract_failure`.
/// Gives the module descriptor's JSON. Errors: `io_error` if no child can be started; those of `module_library::open`.
result<std::string> extract_descriptor(const std::filesystem::path& module,
                                       std::chrono::milliseconds limit = std::chrono::seconds(10));

/// Writes `json` into the module's section `.cloudflow.descriptor`, replacing what is there, by way of the `objcopy`
/// program and a rename, so that no reader ever sees half a module.
result<void> embed_descriptor(const std::filesystem::path& module, const std::string& json,
                              const std::string& objcopy = "objcopy");

} // namespace cloudflow::streamlet
