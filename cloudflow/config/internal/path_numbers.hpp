#pragma once

#include "cloudflow/config/path.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cloudflow::config::detail {

/// A path by number: equal paths have equal numbers, the rest of a path is one look-up away. 0 is the empty path.
class path_numbers {
  struct part {
    std::string_view key;
    std::uint32_t rest;
    bool operator==(const part&) const = default;
  };
  struct hash {
    std::size_t operator()(const part& p) const {
      return std::hash<std::string_view>{}(p.key) * 31 + p.rest * 0x9E3779B97F4A7C15ULL;
    }
  };
  std::vector<part> parts_{part{{}, 0}};
  std::unordered_map<part, std::uint32_t, hash> known_;

public:
  /// The keys must outlive this.
  std::uint32_t of(const path& keys, std::size_t skip) {
    std::uint32_t at = 0;
    for (std::size_t i = keys.size(); i-- > skip;) {
      const auto [found, added] = known_.try_emplace({keys[i], at}, static_cast<std::uint32_t>(parts_.size()));
      if (added) parts_.push_back({keys[i], at});
      at = found->second;
    }
    return at;
  }
  [[nodiscard]] std::string_view key(std::uint32_t p) const { return parts_[p].key; }
  [[nodiscard]] std::uint32_t rest(std::uint32_t p) const { return parts_[p].rest; }
};

} // namespace cloudflow::config::detail
