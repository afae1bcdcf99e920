#pragma once

#include "cloudflow/config/value.hpp"

#include <unordered_set>

namespace cloudflow::config {

/// Remembers which values were read, so that the rest can be reported. Holds the values' identity: keep the tree
/// alive. Confined to its owner.
class CLOUDFLOW_API usage {
  std::unordered_set<const void*> read_;

public:
  /// Marks the value and returns it.
  const value& mark(const value& v);
  /// Marks the value and everything below it.
  void mark_all(const value& v);
  [[nodiscard]] bool used(const value& v) const { return read_.contains(v.identity()); }

  struct unused_member {
    path where; ///< its keys, from the root
    origin key_where;
    config::value value;
  };
  /// The outermost members of `root` of which neither they nor anything below them was marked.
  [[nodiscard]] std::vector<unused_member> unused(const value& root) const;
};

} // namespace cloudflow::config
