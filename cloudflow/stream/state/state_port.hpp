#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/error.hpp"
#include "cloudflow/store/write_batch.hpp"
#include "cloudflow/stream/run/commit_gate.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::stream {

/// What a table holds: schema texts are those of `state_codec` (Avro, JSON form without spaces).
struct table_spec {
  std::string name; ///< unique in its task, the same in every run: "window-1", "process-1/logins"
  std::string key_schema;
  std::string value_schema;
};

/// One durable table of one task, opened by one operator: bytes to bytes. Every value begins with the number, as one
/// Avro int, of the schema it was written with (`opened_table::value_schemas`); the operator writes and reads it.
/// Thread: called inside the turns of the operator's island, one call at a time. Never blocks on a network.
class CLOUDFLOW_API state_table_port {
public:
  virtual ~state_table_port() = default;
  /// Calls back for every entry of the last commit. Once, before anything is sealed.
  virtual result<void> restore(const std::function<void(bytes_view key, bytes_view value)>& each) = 0;
  /// The entry of the last commit or seal, written into `value`; false if there is none.
  virtual result<bool> get(bytes_view key, bytes& value) = 0;
  /// The changes since the last seal: they are part of commit `n`, or of the next commit after it if that is the first
  /// with a number >= n. Erasures come before the puts of the same key; one put per changed key.
  virtual void seal(commit_id n, store::write_batch changes) = 0;
};

struct opened_table {
  std::unique_ptr<state_table_port> port;
  /// Every schema that values of this table were ever written with, in the order of their first use; the spec's own is
  /// among them.
  std::vector<std::string> value_schemas;
  std::uint32_t current = 0; ///< the number of the spec's own
};

/// The durable state of one task: what a runtime hands to a graph (`run_options::state`), and what the committer fills
/// changelogs, stores and restores from. After a failed commit the task is started anew from committed state, so there
/// is no undo. Thread-safe.
/// Page: docs/adr/0010-commit-barriers.md
class CLOUDFLOW_API task_state {
public:
  virtual ~task_state() = default;
  /// Errors: `incompatible` if the stored keys have another schema; `already_exists` if the name is open.
  [[nodiscard]] virtual result<opened_table> open_table(const table_spec& spec) = 0;
  /// What is dirty exceeds `overlay_bound`: commit soon. May come again until it happened.
  virtual void wants_commit() {}
};

/// Dirty state of a task that is held before an early commit is asked for, in bytes, estimated.
inline constexpr std::size_t overlay_bound = std::size_t{64} << 20U;

} // namespace cloudflow::stream
