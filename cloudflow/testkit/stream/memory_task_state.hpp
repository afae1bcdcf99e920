#pragma once

#include "cloudflow/stream/state/state_port.hpp"

#include <map>
#include <memory>
#include <string>

namespace cloudflow::testkit {

/// Durable state of one task, in memory: what was committed outlives the graph, what was not is lost in a crash. Hand
/// it to a run, `rt.run(graph, {.state = state})`, commit as a committer would, give it to the next run. Thread-safe.
class memory_task_state final : public stream::task_state {
  struct contents;
  std::shared_ptr<contents> contents_; ///< owners: this and the open tables

public:
  using entries = std::map<bytes, bytes>;

  memory_task_state();
  [[nodiscard]] result<stream::opened_table> open_table(const stream::table_spec& spec) override;
  void wants_commit() override;

  /// Everything that was sealed with numbers up to `n` is safe.
  void commit(stream::commit_id n);
  /// The process died: what was not committed is gone, and every table may be opened anew.
  void crash();

  /// What is committed, by table.
  [[nodiscard]] std::map<std::string, entries> committed() const;
  /// Entries in all tables.
  [[nodiscard]] std::size_t size() const;
  /// Changes that were sealed so far, by all tables.
  [[nodiscard]] std::size_t sealed() const;
  [[nodiscard]] std::size_t commits_wanted() const;
};

} // namespace cloudflow::testkit
