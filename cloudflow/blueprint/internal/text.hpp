#pragma once

#include "cloudflow/base/diagnostic.hpp"
#include "cloudflow/base/suggest.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// How this room's messages are worded.
namespace cloudflow::blueprint::internal {

/// "a, b and c"; from `most` on: "a, b and 7 more".
inline std::string listed(const std::vector<std::string>& items, std::size_t most = 8) {
  std::string out;
  const std::size_t shown = items.size() > most ? most - 1 : items.size();
  for (std::size_t i = 0; i < shown; ++i) {
    if (i != 0) out += i + 1 == items.size() ? " and " : ", ";
    out += items[i];
  }
  if (shown < items.size()) out += " and " + std::to_string(items.size() - shown) + " more";
  return out;
}

inline std::optional<origin> place(const origin& where) { return where.source ? std::optional(where) : std::nullopt; }

inline std::string nearest_or_empty(std::string_view typed, const std::vector<std::string>& known) {
  return nearest(typed, known).value_or(std::string());
}

/// Suggestions, for as many problems as a reader will look at: each costs a comparison with every known name, and a
/// document may have a hundred thousand of both.
class suggestions {
  std::size_t left_ = 200;

public:
  [[nodiscard]] bool any_left() const { return left_ != 0; }
  [[nodiscard]] std::string nearest_to(std::string_view typed, const std::vector<std::string>& known) {
    if (left_ == 0) return {};
    --left_;
    return nearest_or_empty(typed, known);
  }
  /// The list for a problem's "known" line.
  [[nodiscard]] std::vector<std::string> shown_of(const std::vector<std::string>& known) const {
    return left_ == 0 ? std::vector<std::string>() : known;
  }
};

inline std::string did_you_mean(const std::string& suggestion, const std::string& else_hint = {}) {
  return suggestion.empty() ? else_hint : "did you mean '" + suggestion + "'?";
}

/// A text of the user's in a message: shortened, control characters replaced.
inline std::string shown(std::string_view text) {
  constexpr std::size_t limit = 120;
  std::string out;
  for (char c : text.substr(0, limit)) out += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  while (text.size() > limit && !out.empty() && (static_cast<unsigned char>(out.back()) & 0xC0U) == 0x80U)
    out.pop_back();
  if (text.size() > limit) out += "...";
  return out;
}

inline std::string in_quotes(std::string_view text) { return "'" + shown(text) + "'"; }

inline diagnostic problem_at(std::string_view code, const origin& where, std::string message, std::string hint = {}) {
  diagnostic d;
  d.code = std::string(code);
  d.message = std::move(message);
  d.where = place(where);
  d.hint = std::move(hint);
  return d;
}

} // namespace cloudflow::blueprint::internal
