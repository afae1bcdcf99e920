#pragma once

#include "cloudflow/base/export.hpp"
#include "cloudflow/base/origin.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow {

enum class severity { error, warning, note };

/// One problem with what a user wrote, as data: what, where, why, and what to try. Rooms return lists of these (STYLE
/// 4.3 a); only tools print them. Immutable value.
struct diagnostic {
  std::string code;              ///< "CF-B07": stable, has a page
  std::string message;           ///< one sentence, no full stop
  std::optional<origin> where{}; ///< the offending token
  /// Lines "label text" under the source excerpt: {"written by", "..."}, {"because", "..."}.
  std::vector<std::pair<std::string, std::string>> details{};
  std::string hint{}; ///< what to try; empty if there is nothing to say
  cloudflow::severity level = severity::error;
  bool secret_line = false; ///< the line holds a secret: it is never shown
};

/// Gives the line of a named text, without its line end; nullopt if that text cannot be read again.
using source_line_reader = std::function<std::optional<std::string>(const origin&)>;

/// Reads the line from the file that the origin names.
CLOUDFLOW_API std::optional<std::string> read_source_line(const origin& where);

/// As a compiler prints it: place, code, message, the source line with the token marked, details, hint.
CLOUDFLOW_API std::string render(const diagnostic& problem, const source_line_reader& lines = read_source_line);

/// One JSON object: code, severity, message, file, line, column, length, details, hint.
CLOUDFLOW_API std::string to_json(const diagnostic& problem);

/// By place, then code, then message; equal ones once.
CLOUDFLOW_API void sort_and_unique(std::vector<diagnostic>& problems);

} // namespace cloudflow
