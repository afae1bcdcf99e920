#pragma once

#include "cloudflow/base/logging.hpp"

#include <filesystem>
#include <memory>

namespace cloudflow::sandbox {

/// Log files of a run: one per streamlet (logger "streamlet.<name>" or field `streamlet`), one for the rest. Sets the
/// process's log sink while it lives. Thread-safe but for construction and destruction.
class log_files {
  struct state;
  std::unique_ptr<state> state_;

public:
  explicit log_files(const std::filesystem::path& folder);
  log_files(const log_files&) = delete;
  log_files& operator=(const log_files&) = delete;
  ~log_files();
};

/// The log file of a streamlet in a run's folder.
std::filesystem::path log_file_of(const std::filesystem::path& folder, std::string_view streamlet);

} // namespace cloudflow::sandbox
