#include "cloudflow/config/render.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/config/internal/node.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cloudflow::config {

using detail::form;
using detail::node;

namespace {

/// Numbers as JSON spells them; what HOCON allows beyond that (007, 1., -.5) in JSON's form.
void write_number(json_writer& out, const std::string& text) {
  std::size_t i = text.starts_with('-') ? 1 : 0;
  const auto digits = [&] {
    const auto from = i;
    while (i < text.size() && text[i] >= '0' && text[i] <= '9') ++i;
    return i - from;
  };
  const bool leading_zero = i + 1 < text.size() && text[i] == '0' && text[i + 1] >= '0' && text[i + 1] <= '9';
  bool json = digits() > 0 && !leading_zero;
  if (json && i < text.size() && text[i] == '.') {
    ++i;
    json = digits() > 0;
  }
  if (json && i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    json = digits() > 0;
  }
  if (json && i == text.size()) {
    out.raw(text);
    return;
  }
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (error == std::errc{} && end == text.data() + text.size()) {
    out.value(whole);
  } else {
    const double number = std::strtod(text.c_str(), nullptr);
    if (std::isfinite(number)) {
      out.value(number);
    } else {
      out.raw(number < 0 ? "-1e999" : "1e999");
    }
  }
}

bool all_digits(std::string_view s) {
  return !s.empty() && std::all_of(s.begin(), s.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool key_before(std::string_view a, std::string_view b) {
  const bool x = all_digits(a);
  const bool y = all_digits(b);
  if (x != y) return x;
  if (x) {
    const auto strip = [](std::string_view s) { return s.substr(std::min(s.find_first_not_of('0'), s.size() - 1)); };
    const auto p = strip(a);
    const auto q = strip(b);
    if (p.size() != q.size()) return p.size() < q.size();
    if (p != q) return p < q;
  }
  return a < b;
}

// Recursion is bounded: trees are at most 256 levels deep.
void write(json_writer& out, const node& n, const render_options& options, const std::string& where) {
  switch (n.what) {
  case form::null: out.null(); return;
  case form::boolean: out.value(n.flag); return;
  case form::number: write_number(out, n.text); return;
  case form::string: out.value(std::string_view(n.text)); return;
  case form::array:
    out.begin_array();
    for (std::uint32_t i = 0; i < n.count; ++i) write(out, *n.item(i), options, where);
    out.end_array();
    return;
  case form::object: {
    std::vector<std::uint32_t> order;
    for (std::uint32_t i = 0; i < n.count; ++i) {
      if (n.item(i)) order.push_back(i);
    }
    std::sort(order.begin(), order.end(),
              [&](auto a, auto b) { return key_before(n.keys->at(a).name, n.keys->at(b).name); });
    out.begin_object();
    for (const auto i : order) {
      const auto& key = n.keys->at(i).name;
      out.key(key);
      if (!options.mask_secrets) {
        write(out, *n.item(i), options, where);
      } else {
        const auto below = where + "." + key;
        const bool hidden = is_secret_key(below) && n.item(i)->what != form::object && n.item(i)->what != form::null;
        if (hidden) {
          out.value(std::string_view("***"));
        } else {
          write(out, *n.item(i), options, below);
        }
      }
    }
    out.end_object();
    return;
  }
  default: out.value(std::string_view(detail::describe(n))); return;
  }
}

} // namespace

std::string render_json(const value& v, const render_options& options) {
  json_writer out(options.indent);
  write(out, *v.node(), options, "");
  return std::move(out).text();
}

std::string render_pretty(const value& v) { return render_json(v, {.indent = 2}); }
std::string render_masked(const value& v) { return render_json(v, {.indent = 2, .mask_secrets = true}); }

bool is_secret_key(std::string_view key) {
  std::string lower(key.substr(key.size() - std::min<std::size_t>(key.size(), 16)));
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  for (const auto* ending : {"password", "secret", "token", "key", "jaas.config"}) {
    if (lower.ends_with(ending)) return true;
  }
  return false;
}

std::string mask_line(std::string line) {
  const auto is_key = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (!is_key(line[at])) continue;
    const auto begin = at;
    while (at < line.size() && is_key(line[at])) ++at;
    if (!is_secret_key(std::string_view(line).substr(begin, at - begin))) continue;
    // Behind the key: its closing quote, blanks, then '=', ':', '+=' or the object that holds `file`.
    const auto separator = line.find_first_not_of("\" \t", at);
    if (separator == std::string::npos || std::string_view("=:+{").find(line[separator]) == std::string_view::npos)
      continue;
    const auto value = line.find_first_not_of("=:+ \t", separator);
    if (value != std::string::npos) line.replace(value, std::string::npos, "***");
    return line;
  }
  return line;
}

} // namespace cloudflow::config
