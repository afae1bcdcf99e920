#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/log/memory_log.hpp"
#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cloudflow::cli {

/// The log of a run's data folder (`cloudflow run --data-dir DIR`).
struct data_dir {
  std::unique_ptr<store::rocksdb_store> store;
  std::unique_ptr<log::memory_log> log; // after the store: goes first
};

enum class data_use {
  look,  ///< as it is now, also while a run has it open
  change ///< needs it alone
};

/// Opens the log of a data folder; never makes one. Errors: `not_found` (no folder, no log in it), `conflict` (a run
/// has it open), `incompatible`, `corrupt`, `io_error`; each says what to do.
result<data_dir> open_data_dir(const std::string& folder, data_use use);

/// The topic of that name. Errors: `not_found`, with the nearest name or all of them.
result<log::topic_description> find_topic(const log::topic_log& log, const std::string& name);

/// A list for a message: "a, b, c", at most ten.
std::string listed(const std::vector<std::string>& names);

} // namespace cloudflow::cli
