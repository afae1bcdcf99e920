#pragma once

#include "cloudflow/schema/codec.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cloudflow::testkit {

/// How outputs differ from what a plain loop over the input expects. Order does not count.
struct tally {
  std::uint64_t missing = 0;
  std::uint64_t duplicate = 0; ///< more often there than expected
  std::uint64_t wrong = 0;     ///< never expected
  [[nodiscard]] bool exact() const { return missing + duplicate + wrong == 0; }
  /// What at-least-once promises.
  [[nodiscard]] bool complete() const { return missing + wrong == 0; }
  [[nodiscard]] std::string text() const;
};

template <schema::record T> [[nodiscard]] tally compare(const std::vector<T>& expected, const std::vector<T>& seen) {
  std::map<bytes, std::int64_t> left; // by encoded record
  const auto encoded = [](const T& r) {
    bytes out;
    schema::codec<T>::encode(r, out);
    return out;
  };
  for (const auto& r : expected) ++left[encoded(r)];
  tally out;
  for (const auto& r : seen) {
    const auto at = left.find(encoded(r));
    if (at == left.end())
      ++out.wrong;
    else
      --at->second;
  }
  for (const auto& [record, n] : left)
    (n > 0 ? out.missing : out.duplicate) += static_cast<std::uint64_t>(n > 0 ? n : -n);
  return out;
}

/// Runs `run(seed)` for seeds 1, 2, ...: `short_form` of them, or what CLOUDFLOW_SIMULATION_SEEDS says, or the one that
/// CLOUDFLOW_SEED names. What it throws comes out with the seed and the command that replays it; `ctest_name` is the
/// test's.
void for_each_seed(const std::string& ctest_name, std::uint64_t short_form,
                   const std::function<void(std::uint64_t seed)>& run);

/// The first seed up to `last` for which `violates`; 0 if there is none.
std::uint64_t first_seed(std::uint64_t last, const std::function<bool(std::uint64_t seed)>& violates);

} // namespace cloudflow::testkit
