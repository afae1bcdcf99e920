#pragma once

#include "cloudflow/stream/state/durable_table.hpp"

#include <string>
#include <utility>

namespace cloudflow::stream {

/// How far a seekable source has handed out what it has: one value of durable state, sealed with each commit and when
/// the source ends. Without durable state it remembers nothing. Confined to its island.
template <std::equality_comparable Position> class durable_position {
  std::string name_;
  task_state* task_ = nullptr;
  durable_table<std::string, Position> table_;
  commit_id last_ = no_commit;
  Position sealed_{};

public:
  void name(std::string given) { name_ = std::move(given); }
  void start(task_state* task) { task_ = task; }
  /// `into` holds where a source begins that was never read. Before anything is handed out.
  result<void> restore(Position& into) {
    sealed_ = into;
    if (task_ == nullptr) return {};
    return table_.open(*task_, name_, [&](std::string&&, Position&& found) { into = sealed_ = std::move(found); });
  }
  void seal(commit_id n, const Position& now) {
    last_ = n;
    if (!table_.is_open() || now == sealed_) return;
    sealed_ = now;
    table_.put("position", now);
    table_.seal(n);
  }
  /// Nothing more will be read: part of the run's last commit.
  void seal_last(const Position& now) { seal(commit_id(last_.value() + 1), now); }
};

} // namespace cloudflow::stream
