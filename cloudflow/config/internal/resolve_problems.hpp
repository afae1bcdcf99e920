#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/config/internal/node.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace cloudflow::config::detail {

/// What is wrong with the substitutions of one tree: found once, worded here.
class resolve_problems {
  std::vector<diagnostic> found_;
  std::vector<std::string> known_; // paths, for suggestions
  std::uint32_t suggested_ = 0;    // searching for similar names is not cheap: the first few only
  bool exhausted_ = false;

public:
  /// Suggestions are paths of `root` and names of `environment`.
  resolve_problems(const node& root, const node& environment);

  void report(diagnostic problem);
  /// A limit was hit: nothing is known any more, and only this is worth reporting.
  void exhausted_at(const node& at, std::string message, std::string hint);
  /// A reference leads back to itself, by the references of `trail`.
  void cycle(const node& n, const std::vector<const node*>& trail);
  /// A reference leads nowhere.
  void unknown(const node& n);

  [[nodiscard]] bool exhausted() const { return exhausted_; }
  [[nodiscard]] bool empty() const { return found_.empty(); }
  [[nodiscard]] std::size_t count() const { return found_.size(); }
  /// Takes back what was reported since there were `count`: it was only an attempt.
  void take_back(std::size_t count) {
    if (!exhausted_) found_.resize(count);
  }
  /// All of them, by place.
  [[nodiscard]] std::vector<diagnostic> take() &&;
};

} // namespace cloudflow::config::detail
