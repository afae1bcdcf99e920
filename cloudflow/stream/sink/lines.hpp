#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/stream/sink/port.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace cloudflow::stream {

/// Where lines go: a console, a file, a test's string. The host hands it in; rooms have no console of their own.
/// Thread: one that several sinks share is thread-safe, and lines of one call stay together.
class CLOUDFLOW_API line_output {
public:
  virtual ~line_output() = default;
  /// Whole lines, each with its line end. Safe (handed to the system) when it returns. Errors: `io_error`.
  [[nodiscard]] virtual result<void> write(std::string_view lines) = 0;
};

/// Writes elements as lines, one write per batch. An offset is done when its line was written.
/// - Demand is unlimited. Fails the graph when a write fails. Keeps: nothing to keep.
/// - `on_written` is called behind every write, when the offsets of its lines are done.
[[nodiscard]] CLOUDFLOW_API std::unique_ptr<sink_port<std::string>>
lines_to(std::shared_ptr<line_output> output, std::string name = "console", std::function<void()> on_written = {});

enum class file_mode { truncate, append };

/// Writes elements as lines of a file.
/// - Opens it at its start: an unwritable path fails the graph before an element is taken.
[[nodiscard]] CLOUDFLOW_API std::unique_ptr<sink_port<std::string>> file_sink(std::filesystem::path path,
                                                                              file_mode mode = file_mode::truncate);

} // namespace cloudflow::stream
