#include "cloudflow/schema/internal/avro_words.hpp"

#include <algorithm>

namespace cloudflow::schema::detail {

std::optional<avro_kind> primitive_of(std::string_view name) {
  for (const auto& [word, kind] : primitives) {
    if (word == name) return kind;
  }
  return std::nullopt;
}

logical_kind logical_of(std::string_view name) {
  for (const auto& [word, kind] : logicals) {
    if (word == name) return kind;
  }
  return logical_kind::none;
}

bool is_name(std::string_view text) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (text.empty() || !letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

bool is_full_name(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_name(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

std::string qualified(std::string_view name, std::string_view space) {
  if (space.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return std::string(space) + "." + std::string(name);
}

std::string_view space_of(std::string_view full_name) {
  const auto dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : full_name.substr(0, dot);
}

} // namespace cloudflow::schema::detail
