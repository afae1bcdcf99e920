#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>

namespace cloudflow {

/// Where a value was written: a named text (file, command line, environment, a built-in default) and the span in it.
/// Immutable value; cheap to copy. Units: lines and columns count from 1, columns in Unicode code points; 0 = unknown.
struct origin {
  /// The text's name as a user would write it: a path, "command line", "environment", "default of <parameter>".
  /// Shared because every value of a document carries it; owners are the values and their diagnostics.
  std::shared_ptr<const std::string> source;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::uint32_t length = 0; ///< of the offending token, at least 1 where a position is known

  static origin of(std::string source_name, std::uint32_t line = 0, std::uint32_t column = 0,
                   std::uint32_t length = 0) {
    return {std::make_shared<const std::string>(std::move(source_name)), line, column, length};
  }
  [[nodiscard]] const std::string& name() const {
    static const std::string unknown = "<unknown>";
    return source ? *source : unknown;
  }
  /// `file:line:column`, or what of it is known.
  [[nodiscard]] std::string text() const {
    std::string out = name();
    if (line != 0) {
      out += ':';
      out += std::to_string(line);
      if (column != 0) {
        out += ':';
        out += std::to_string(column);
      }
    }
    return out;
  }
  friend bool operator==(const origin& a, const origin& b) {
    return a.name() == b.name() && a.line == b.line && a.column == b.column;
  }
  friend std::strong_ordering operator<=>(const origin& a, const origin& b) {
    if (auto c = a.name() <=> b.name(); c != 0) return c;
    if (auto c = a.line <=> b.line; c != 0) return c;
    return a.column <=> b.column;
  }
};

} // namespace cloudflow
