#pragma once

#include "cloudflow/config/value.hpp"

#include <cstdint>
#include <map>

namespace cloudflow::config {

/// Variables that `${NAME}` falls back to. Handed in; nobody reads the process's own behind the caller's back.
using environment = std::map<std::string, std::string, std::less<>>;

/// What resolving took: a measure that is the same on every machine.
struct resolve_effort {
  std::uint64_t steps = 0;
  std::uint64_t memory = 0; ///< bytes made, at most `resolve_options::memory` and one value
};

struct resolve_options {
  std::uint64_t nodes = 1'000'000;    ///< of the resolved tree, counting shared parts as often as they appear
  std::uint32_t depth = 256;          ///< of the resolved tree
  std::uint32_t chain = 800;          ///< substitutions that lead to one another
  std::uint64_t steps = 1'000'000;    ///< of work
  std::uint64_t memory = 100'000'000; ///< bytes that resolving may make
  resolve_effort* effort = nullptr;   ///< if given, set to what it took
};

/// Replaces every substitution by what it names. `root` is an object. Errors, all of them at once: CF-C10 (values that
/// cannot be joined), CF-C11 (unknown path, with the nearest known one), CF-C12 (cycle, with its members), CF-C13 (too
/// large). Source: HOCON, "Substitutions".
CLOUDFLOW_API expected<value, std::vector<diagnostic>> resolve(const value& root, const environment& variables = {},
                                                               const resolve_options& options = {});

} // namespace cloudflow::config
