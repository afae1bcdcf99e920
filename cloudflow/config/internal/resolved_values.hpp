#pragma once

#include "cloudflow/config/internal/node.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cloudflow::config::detail {

/// What values were resolved to, as far as a path asked (a number of `path_numbers`; 0: wholly). What was learned since
/// a mark can be forgotten.
class resolved_values {
  struct key {
    const node* value;
    std::uint32_t restriction;
    bool operator==(const key&) const = default;
  };
  struct hash {
    std::size_t operator()(const key& k) const {
      return std::hash<const void*>{}(k.value) * 31 + k.restriction * 0x9E3779B97F4A7C15ULL;
    }
  };
  struct entry {
    node_ptr original; // keeps the key's address taken
    node_ptr resolved;
  };
  std::unordered_map<key, entry, hash> known_;
  std::vector<key> order_;

public:
  /// Null if it is not known.
  [[nodiscard]] node_ptr find(const node* value, std::uint32_t restriction) const {
    const auto found = known_.find({value, restriction});
    return found == known_.end() ? nullptr : found->second.resolved;
  }
  [[nodiscard]] bool holds(const node* value, std::uint32_t restriction) const {
    return known_.contains({value, restriction});
  }
  void keep(const node_ptr& value, std::uint32_t restriction, node_ptr resolved) {
    const key k{value.get(), restriction};
    if (known_.insert_or_assign(k, entry{value, std::move(resolved)}).second) order_.push_back(k);
  }
  [[nodiscard]] std::size_t mark() const { return order_.size(); }
  void forget(std::size_t mark) {
    for (std::size_t i = mark; i < order_.size(); ++i) known_.erase(order_[i]);
    order_.resize(mark);
  }
};

} // namespace cloudflow::config::detail
