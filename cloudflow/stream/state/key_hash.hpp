#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>
#include <tuple>
#include <type_traits>

namespace cloudflow::stream {

namespace detail {

__extension__ using wide = unsigned __int128;

/// The 128-bit product of two words, folded: every input bit reaches every output bit.
inline std::uint64_t fold_mix(std::uint64_t a, std::uint64_t b) noexcept {
  const wide product = static_cast<wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

inline constexpr std::uint64_t mix_1 = 0x9e3779b97f4a7c15U;
inline constexpr std::uint64_t mix_2 = 0xd6e8feb86659fd93U;

inline std::uint64_t word_at(const char* at) noexcept {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return word;
}

inline std::uint64_t hash_text(std::string_view text) noexcept {
  const char* at = text.data();
  auto left = text.size();
  std::uint64_t hash = mix_1 ^ left;
  while (left > 8) {
    hash = fold_mix(hash ^ word_at(at), mix_2);
    at += 8;
    left -= 8;
  }
  std::uint64_t last = 0;
  if (left >= 4) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + left - 4, 4);
    last = low | static_cast<std::uint64_t>(high) << 32U;
  } else {
    for (std::size_t i = 0; i < left; ++i) last = last << 8U | static_cast<unsigned char>(at[i]);
  }
  return fold_mix(hash ^ last, mix_1);
}

} // namespace detail

/// The hash of a key: of a text, a number, a tuple of such, or of anything with a `std::hash`. A key and a tuple of
/// references to the same parts hash alike, so that a look-up copies nothing. Stable within a process only.
/// (A poor hash made the window stage three times slower.)
template <class K> std::uint64_t key_hash(const K& key) noexcept {
  if constexpr (std::is_convertible_v<const K&, std::string_view>) {
    return detail::hash_text(std::string_view(key));
  } else if constexpr (std::is_enum_v<K> || std::is_integral_v<K>) {
    return detail::fold_mix(static_cast<std::uint64_t>(key) ^ detail::mix_2, detail::mix_1);
  } else {
    return detail::fold_mix(std::hash<K>{}(key) ^ detail::mix_2, detail::mix_1);
  }
}
template <class... P> std::uint64_t key_hash(const std::tuple<P...>& parts) noexcept {
  std::uint64_t hash = detail::mix_2;
  std::apply(
      [&](const auto&... part) {
        ((hash = detail::fold_mix(hash ^ key_hash(part), detail::mix_1 + sizeof...(P))), ...);
      },
      parts);
  return hash;
}

} // namespace cloudflow::stream
