#pragma once

#include "cloudflow/log/record.hpp"
#include "cloudflow/stream/state/state_port.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cloudflow::native {

/// What one commit changes in one task's state, as records of its changelog. A record's key is the table's name, what
/// it is (an entry, the schema of keys, a schema of values) and the entry's own key: `octets(table) kind key`.
/// Borrows from nothing. Value type.
class CLOUDFLOW_API changelog_batch {
  struct place {
    std::size_t key, value, end;
    bool erased;
  };
  bytes bytes_;
  std::vector<place> places_;

public:
  void put(bytes_view table_and_kind, bytes_view key, bytes_view value);
  void erase(bytes_view table_and_kind, bytes_view key);
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] bool empty() const { return places_.empty(); }
  /// The record number `i`, for that partition; borrows from this.
  [[nodiscard]] log::outgoing_record record(std::size_t i, partition_id partition) const;
};

/// The durable state of one task with a changelog as its truth: it is filled from the records of the task's partition
/// before the graph starts, and each commit takes what the operators sealed for it. Entries are handed to the operators
/// once and kept by them, so `state_table_port::get` is `unsupported`. Thread-safe.
class CLOUDFLOW_API changelog_state final : public stream::task_state {
  struct contents;
  std::shared_ptr<contents> contents_; ///< owners: this and its open tables
  std::string streamlet_;
  std::function<void()> wants_commit_;

public:
  /// `streamlet` is named in refusals. `wants_commit` is called on any thread when much is dirty.
  changelog_state(std::string streamlet, std::function<void()> wants_commit);

  /// The next record of the changelog, before the graph runs; none is a tombstone. Errors: `corrupt`.
  result<void> restore(bytes_view key, std::optional<bytes_view> value);
  /// What was sealed with numbers up to `n`: one record per changed key, in front of them the schemas that the
  /// changelog does not have yet. If that commit fails the task starts anew, so nothing is given back.
  [[nodiscard]] changelog_batch take(stream::commit_id n);

  [[nodiscard]] result<stream::opened_table> open_table(const stream::table_spec& spec) override;
  void wants_commit() override { wants_commit_(); }
};

} // namespace cloudflow::native
