#include "cloudflow/base/random.hpp"

#include <bit>
#include <random>

namespace cloudflow {

std::uint64_t random_source::below(std::uint64_t bound) {
  if (bound == 0) return 0;
  // The first 2^64 mod bound values would make small results likelier: draw again.
  const std::uint64_t skip = (0 - bound) % bound;
  for (;;)
    if (const auto x = next(); x >= skip) return x % bound;
}

double random_source::unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

seeded_random::seeded_random(std::uint64_t seed)
    : state_{} {
  for (auto& word : state_) {
    seed += 0x9e3779b97f4a7c15ULL;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    word = z ^ (z >> 31);
  }
}

std::uint64_t seeded_random::next() {
  auto& s = state_;
  const std::uint64_t out = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return out;
}

std::uint64_t entropy_seed() {
  std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

} // namespace cloudflow
