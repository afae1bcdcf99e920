#pragma once

#include "cloudflow/config/internal/node.hpp"
#include "cloudflow/config/parse.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow::config::detail {

/// Thrown to leave a field that cannot be read, after the reason was reported; never leaves the parser.
struct give_up {};

/// What one call of parse_* shares over all its files.
struct parse_session {
  const parse_options& options;
  std::vector<diagnostic> problems{};
  std::uint32_t files = 0;
  std::uint64_t bytes = 0;
  bool stop = false; ///< a limit was hit: nothing that follows is worth reporting

  void report(diagnostic problem) {
    if (stop) return;
    if (problems.size() < options.limits.problems) problems.push_back(std::move(problem));
    if (problems.size() >= options.limits.problems) stop = true;
  }
  [[noreturn]] void fail_for_good(std::string code, const origin& where, std::string message, std::string hint = {}) {
    report({std::move(code), std::move(message), where, {}, std::move(hint)});
    stop = true;
    throw give_up{};
  }
};

/// Where a document stands in the one that includes it.
struct document_place {
  path prefix{};
  bool in_array = false;
  std::uint32_t depth = 0;
  bool json = false;
};

/// The root of a document; null if there is none. Problems are in the session.
node_ptr parse_document(parse_session& session, std::string_view text, std::shared_ptr<const std::string> name,
                        const document_place& at);

/// What stands behind `key =`; null if it is no value.
node_ptr parse_single_value(parse_session& session, std::string_view text, std::shared_ptr<const std::string> name);

} // namespace cloudflow::config::detail
