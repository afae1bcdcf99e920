#pragma once

#include "cloudflow/config/value.hpp"

#include <cstdint>
#include <map>

namespace cloudflow::config {

/// Variables that `${NAME}` falls back to. Handed in; nobody reads the process's own behind the caller's back.
using environment = std::map<std::string, std::string, std::less<>>;

struct resolve_options {
  std::uint64_t nodes = 1'000'000;    ///< of the resolved tree, counting shared parts as often as they appear
  std::uint32_t depth = 256;          ///< of the resolved tree
  std::uint32_t chain = 800;          ///< substitutions that lead to one another
  std::uint64_t steps = 2'000'000;    ///< of work
  std::uint64_t memory = 160'000'000; ///< bytes that resolving may make
};

/// Replaces every substitution by what it names. `root` is an object. Errors, all of them at once: CF-C10 (values that
/// cannot be joined), CF-C11 (unknown path, with the nearest known one), CF-C12 (cycle, with its members), CF-C13 (too
/// large). Source: HOCON, "Substitutions".
CLOUDFLOW_API expected<value, std::vector<diagnostic>> resolve(const value& root, const environment& variables = {},
                                                               const resolve_options& options = {});

} // namespace cloudflow::config
