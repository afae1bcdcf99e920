#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/schema/avro_schema.hpp"

#include <charconv>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

/// How values of Avro's types stand in JSON. Source: Avro 1.12, "JSON Encoding".
namespace cloudflow::schema::detail {

/// The number, if the whole text is one that fits.
template <class T> std::optional<T> number_of(std::string_view text) {
  T number{};
  const auto* end = text.data() + text.size();
  const auto [at, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || at != end) return std::nullopt;
  return number;
}

/// The values that JSON has no numbers for: they are strings.
template <class T> std::optional<T> special(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<T>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<T>::infinity();
  return std::nullopt;
}

template <class T> std::optional<T> real_of(const json_value& json) {
  if (json.is(json_value::kind::number)) return number_of<T>(json.text);
  return json.is(json_value::kind::string) ? special<T>(json.text) : std::nullopt;
}

/// Bytes as a string of the characters up to U+00FF, one for each byte; nullopt if the string has others.
std::optional<bytes> octets_of(std::string_view text);

/// The same, the other way round.
std::string characters_of(bytes_view data);

/// In Avro's JSON a union's value is an object with the branch's name, but for null.
std::string branch_name(const avro_type& type);

/// CF-S30: a value that is not of the type.
diagnostic wrong_value(const avro_type& type, std::string_view wanted, const origin& where, std::string hint);

} // namespace cloudflow::schema::detail
