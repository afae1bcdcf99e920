#include "cloudflow/blueprint/names.hpp"

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/hash.hpp"
#include "cloudflow/base/utf8.hpp"

#include <algorithm>

namespace cloudflow::blueprint {

namespace {

constexpr std::size_t hash_digits = 8;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// What Unicode's compatibility decomposition leaves of U+00C0 to U+017F when its marks are dropped and it is written in
// lower case. '.' = nothing (ø, ß and the like have no decomposition); two-letter ones are handled apart.
constexpr std::string_view latin = "aaaaaa.ceeeeiiii.nooooo..uuuuy..aaaaaa.ceeeeiiii.nooooo..uuuuy.y"
                                   "aaaaaaccccccccdd..eeeeeeeeeegggggggghh..iiiiiiiii...jjkk.lllllll"
                                   "l..nnnnnnn..oooooo..rrrrrrsssssssstttt..uuuuuuuuuuuuwwyyyzzzzzzs";

std::string simple_form(std::uint32_t code) {
  if (code < 0x80) {
    const char c = static_cast<char>(code);
    if (is_upper(c)) return {static_cast<char>(c - 'A' + 'a')};
    if (is_lower(c) || is_digit(c) || c == '-') return {c};
    if (c == '_' || c == '.') return "-";
    return {};
  }
  if (code >= 0xFF01 && code <= 0xFF5E) return simple_form(code - 0xFF01 + 0x21); // full-width forms
  if (code == 0x132 || code == 0x133) return "ij";
  if (code >= 0xC0 && code < 0xC0 + latin.size()) {
    const char c = latin[code - 0xC0];
    return c == '.' ? std::string() : std::string(1, c);
  }
  if (code == 0xFB01) return "fi";
  if (code == 0xFB02) return "fl";
  return {};
}

// Calls f with each code point; bytes that are not UTF-8 are passed over.
template <class F> void each_code_point(std::string_view text, F&& f) {
  for (std::size_t i = 0, size = 0; i < text.size(); i += size)
    if (const auto c = decode_utf8(text, i, size); c != not_utf8) f(c);
}

std::string trim(std::string text, std::string_view what) {
  const auto first = text.find_first_not_of(what);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(what) - first + 1);
}

// A DNS label must start with a letter where Services are made of it.
std::string starting_with_letter(std::string name) {
  return !name.empty() && is_digit(name.front()) ? "cf-" + name : name;
}

} // namespace

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > label_limit || text.front() == '-' || text.back() == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_lower(c) || is_digit(c) || c == '-'; });
}

bool is_topic_name(std::string_view text) {
  if (text.empty() || text.size() > topic_name_limit || text == "." || text == "..") return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_lower(c) || is_upper(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_parameter_key(std::string_view text) {
  // Letters, then groups of "-" and at least one letter, digit or "-".
  std::size_t i = 0;
  while (i < text.size() && (is_lower(text[i]) || is_upper(text[i]))) ++i;
  if (i == 0) return false;
  if (i == text.size()) return true;
  if (text[i] != '-' || i + 1 == text.size()) return false;
  return std::all_of(text.begin() + static_cast<std::ptrdiff_t>(i), text.end(),
                     [](char c) { return is_lower(c) || is_upper(c) || is_digit(c) || c == '-'; });
}

std::string normalise_app_id(std::string_view name) {
  std::string id;
  each_code_point(name, [&](std::uint32_t code) { id += simple_form(code); });
  return trim(fit(trim(std::move(id), "-"), label_limit), "-");
}

std::string as_label(std::string_view text) { return normalise_app_id(text); }

std::string fit(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return std::string(text);
  const auto digest = sha256(as_bytes(text));
  std::string head(text.substr(0, limit - hash_digits - 1));
  while (!head.empty() && (head.back() == '-' || head.back() == '.' || head.back() == '_')) head.pop_back();
  return head + "-" + to_hex(bytes_view(digest).first(hash_digits / 2));
}

std::string deployment_name(std::string_view app_id, const streamlet_name& streamlet) {
  return fit(starting_with_letter(std::string(app_id) + "-" + streamlet.value()), label_limit);
}

std::string service_name(std::string_view app_id, const streamlet_name& streamlet) {
  return fit(starting_with_letter(std::string(app_id) + "-" + streamlet.value() + "-service"), label_limit);
}

topic_id default_topic_id(const port_path& outlet) {
  return topic_id(outlet.streamlet.value() + "-" + outlet.port.value());
}

topic_name default_topic_name(std::string_view app_id, const port_path& outlet) {
  return topic_name(fit(std::string(app_id) + "." + outlet.text(), topic_name_limit));
}

topic_name repartition_topic(std::string_view app_id, const port_path& repartition) {
  return topic_name(fit(std::string(app_id) + "." + repartition.text() + ".repartition", topic_name_limit));
}

group_name group_of(std::string_view app_id, const port_path& inlet) {
  return group_name(fit(std::string(app_id) + "." + inlet.text(), topic_name_limit));
}

} // namespace cloudflow::blueprint
