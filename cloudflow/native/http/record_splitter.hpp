#pragma once

#include "cloudflow/base/error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::native {

/// Bytes of a body -> its records, however they are cut: lines of JSON, or rows of CSV. Confined to its owner.
/// Source: NDJSON (empty lines are none), RFC 4180 (quotes may hold line ends; LF alone ends a row too).
class CLOUDFLOW_API record_splitter {
public:
  enum class form { lines, rows };
  struct piece {
    std::size_t line = 0;             ///< where it begins, from 1
    std::string text{};               ///< of a line
    std::vector<std::string> cells{}; ///< of a row
  };

  explicit record_splitter(form f, std::size_t longest = std::size_t{1} << 20U)
      : form_(f)
      , longest_(longest) {}

  void add(std::string_view data) { buffer_.append(data); }
  /// No more data: what is left is the last record.
  void end() { ended_ = true; }
  /// The next whole record, or nothing yet. Errors: `limit_exceeded` (a record above 1 MiB), `parse_error` (a quote out
  /// of place); `line` says where.
  result<std::optional<piece>> next();
  [[nodiscard]] std::size_t line() const { return line_; }
  /// Bytes that are not part of a record that was given.
  [[nodiscard]] std::size_t held() const { return buffer_.size() - begin_; }

private:
  result<std::optional<piece>> row(std::string_view text) const;

  form form_;
  std::size_t longest_;
  std::string buffer_;
  std::size_t begin_ = 0;
  std::size_t scanned_ = 0; ///< from `begin_`
  std::size_t line_ = 1;    ///< of `begin_`
  std::size_t inner_lines_ = 0;
  bool quoted_ = false;
  bool ended_ = false;
};

} // namespace cloudflow::native
