#pragma once

#include "cloudflow/base/export.hpp"

#include <cstdint>

namespace cloudflow {

/// Where randomness comes from. Confined to its owner: each island, task or test has its own.
class CLOUDFLOW_API random_source {
public:
  virtual ~random_source() = default;
  virtual std::uint64_t next() = 0;
  /// Evenly from [0, bound); 0 if bound is 0.
  std::uint64_t below(std::uint64_t bound);
  /// Evenly from [0, 1).
  double unit();
};

/// The same seed gives the same numbers, on every machine. Source: Blackman and Vigna, xoshiro256**, seeded by
/// splitmix64.
class CLOUDFLOW_API seeded_random final : public random_source {
  std::uint64_t state_[4];

public:
  explicit seeded_random(std::uint64_t seed);
  std::uint64_t next() override;
};

/// A seed from the machine's entropy.
CLOUDFLOW_API std::uint64_t entropy_seed();

} // namespace cloudflow
