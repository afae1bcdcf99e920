#pragma once

#include "cloudflow/backend/application.hpp"
#include "cloudflow/backend/registry.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cloudflow::sandbox {

struct sandbox_options {
  std::optional<std::chrono::nanoseconds> duration{}; ///< drains after that time
  bool exit_when_complete = false; ///< ends when every streamlet completed, is degraded, or waits for one that is
  bool fail_fast = false;          ///< a streamlet that fails ends the run, instead of being started again
  bool live = false;               ///< `talk` goes to a terminal: rates are shown and renewed in place
  bool as_json = false;            ///< `talk` gets one JSON object a line, with rates every second
  bool enter_ends = false;         ///< stdin is a terminal: ENTER drains
  std::filesystem::path folder;    ///< of the run: log files, spilled topics; exists
  /// Not empty: topics, positions and state are kept below it and survive the process (kill -9, too). Made if missing;
  /// one run at a time.
  std::filesystem::path data_dir{};
};

/// Where a run speaks. `data` is what console egresses write; `talk` is what the sandbox itself says.
struct sandbox_output {
  std::function<bool(std::string_view lines)> data; ///< false: nobody reads any more (a closed pipe), so the run drains
  std::function<void(std::string_view text)> talk;
};

enum class run_outcome {
  completed,   ///< every streamlet completed
  drained,     ///< asked by ENTER, SIGTERM, or the duration was over
  interrupted, ///< Ctrl-C; drained all the same
  failed       ///< a streamlet is failed or degraded at the end; its report was printed
};

/// Runs a whole application in this process on an in-process log, until it is over. Blocks. Call with SIGINT and
/// SIGTERM blocked in every thread (`block_signals`), before any other thread was started. Errors: what keeps the
/// application from starting.
result<run_outcome> run(backend::application_plan plan, const backend::registry& backends,
                        const sandbox_options& options, const sandbox_output& output);

/// Blocks the signals that `run` waits for, and ignores SIGPIPE.
void block_signals();

} // namespace cloudflow::sandbox
