#pragma once

#include "cloudflow/stream/state/key_hash.hpp"

#include <bit>
#include <cstddef>
#include <optional>
#include <vector>

namespace cloudflow::stream {

/// Gives every key a small number that stays its own until it is erased; numbers of erased keys are used again. Open
/// addressing with linear probing; no tombstones. Looks up by anything that hashes and compares like the key.
/// Confined to its island.
template <class Key> class key_table {
  struct slot {
    std::uint32_t hash = 0;
    std::uint32_t number = free_slot;
  };
  struct entry {
    std::optional<Key> key;
    std::uint64_t hash = 0;
  };
  static constexpr std::uint32_t free_slot = 0xffffffffU;

  std::vector<slot> slots_ = std::vector<slot>(16);
  std::vector<entry> entries_;
  std::vector<std::uint32_t> free_;
  std::size_t used_ = 0;

public:
  using key_type = Key;

  [[nodiscard]] std::size_t size() const noexcept { return used_; }
  /// All numbers in use are below it.
  [[nodiscard]] std::size_t bound() const noexcept { return entries_.size(); }
  [[nodiscard]] const Key& key(std::uint32_t number) const { return *entries_[number].key; }

  template <class Probe> std::uint32_t find_or_add(const Probe& probe) {
    return find_or_add(probe, [](std::uint64_t) {});
  }
  /// Calls `added(hash)` before a key is added; when that throws, it is not.
  template <class Probe, class Added> std::uint32_t find_or_add(const Probe& probe, Added&& added) {
    const auto hash = key_hash(probe);
    const auto mask = slots_.size() - 1;
    auto at = hash & mask;
    for (;; at = (at + 1) & mask) {
      const auto& seen = slots_[at];
      if (seen.number == free_slot) break;
      if (seen.hash == short_hash(hash) && *entries_[seen.number].key == probe) return seen.number;
    }
    added(hash);
    return add(probe, hash, at);
  }
  void erase(std::uint32_t number) {
    const auto mask = slots_.size() - 1;
    auto hole = entries_[number].hash & mask;
    while (slots_[hole].number != number) hole = (hole + 1) & mask;
    entries_[number].key.reset();
    free_.push_back(number);
    --used_;
    // Whoever was pushed past the hole moves back into it.
    for (auto at = (hole + 1) & mask; slots_[at].number != free_slot; at = (at + 1) & mask) {
      const auto home = entries_[slots_[at].number].hash & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      slots_[hole] = slots_[at];
      hole = at;
    }
    slots_[hole] = slot();
  }

private:
  static std::uint32_t short_hash(std::uint64_t hash) noexcept { return static_cast<std::uint32_t>(hash >> 32U); }
  template <class Probe> std::uint32_t add(const Probe& probe, std::uint64_t hash, std::size_t at) {
    if ((used_ + 1) * 2 > slots_.size()) {
      grow();
      at = free_from(hash);
    }
    std::uint32_t number = 0;
    if (free_.empty()) {
      number = static_cast<std::uint32_t>(entries_.size());
      entries_.emplace_back();
    } else {
      number = free_.back();
      free_.pop_back();
    }
    entries_[number].key.emplace(probe);
    entries_[number].hash = hash;
    slots_[at] = {short_hash(hash), number};
    ++used_;
    return number;
  }
  [[nodiscard]] std::size_t free_from(std::uint64_t hash) const {
    const auto mask = slots_.size() - 1;
    auto at = hash & mask;
    while (slots_[at].number != free_slot) at = (at + 1) & mask;
    return at;
  }
  void grow() {
    slots_.assign(slots_.size() * 2, slot());
    for (std::uint32_t number = 0; number < entries_.size(); ++number) {
      const auto& each = entries_[number];
      if (each.key) slots_[free_from(each.hash)] = {short_hash(each.hash), number};
    }
  }
};

} // namespace cloudflow::stream
