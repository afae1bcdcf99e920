#include "cloudflow/config/read.hpp"

#include "cloudflow/base/utf8.hpp"
#include "cloudflow/config/internal/white_space.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace cloudflow::config {

namespace {

template <class T = void> unexpected<diagnostic> wrong_type(const value& v, std::string_view wanted) {
  std::string is(name_of(v.kind()));
  if (v.kind() == kind::string || v.kind() == kind::number) is += " '" + std::string(v.text().substr(0, 60)) + "'";
  return unexpected<diagnostic>(
      diagnostic{"CF-C14", "this must be " + std::string(wanted) + " but is " + is, v.where(), {}, {}});
}

unexpected<diagnostic> unusable(const value& v, std::string_view wanted, std::string hint) {
  return unexpected<diagnostic>(diagnostic{"CF-C16",
                                           "'" + std::string(v.text().substr(0, 60)) + "' is no " + std::string(wanted),
                                           v.where(),
                                           {},
                                           std::move(hint)});
}

bool whole(std::string_view s, std::int64_t& out) {
  if (s.starts_with('+')) {
    s.remove_prefix(1);
    if (s.starts_with('-')) return false;
  }
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
  return error == std::errc{} && end == s.data() + s.size() && !s.empty();
}

/// Decimal text as a double; beyond its range infinity or 0, as in Java.
bool real(std::string_view s, double& out) {
  if (s.starts_with('+')) {
    s.remove_prefix(1);
    if (s.starts_with('-')) return false;
  }
  // from_chars knows "inf" and "nan"; numbers here have digits only.
  const auto first = s.starts_with('-') ? 1U : 0U;
  if (s.size() <= first || !((s[first] >= '0' && s[first] <= '9') || s[first] == '.')) return false;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), out);
  if (end != s.data() + s.size()) return false;
  if (error == std::errc::result_out_of_range) out = std::strtod(std::string(s).c_str(), nullptr);
  return error == std::errc{} || error == std::errc::result_out_of_range;
}

std::string_view trim(std::string_view s) {
  while (!s.empty()) {
    std::size_t size = 0;
    if (!detail::is_white_space(decode_utf8(s, 0, size))) break;
    s.remove_prefix(size);
  }
  for (;;) {
    if (s.empty()) return s;
    std::size_t start = s.size() - 1;
    while (start > 0 && (static_cast<unsigned char>(s[start]) & 0xC0) == 0x80) --start;
    std::size_t size = 0;
    if (!detail::is_white_space(decode_utf8(s, start, size))) return s;
    s = s.substr(0, start);
  }
}

struct quantity {
  std::string_view number, unit;
};
quantity split(std::string_view text) {
  text = trim(text);
  auto at = text.size();
  while (at > 0 && ((text[at - 1] >= 'a' && text[at - 1] <= 'z') || (text[at - 1] >= 'A' && text[at - 1] <= 'Z'))) --at;
  return {trim(text.substr(0, at)), text.substr(at)};
}

/// A decimal number times `unit`, cut to whole units; false if it is no number or does not fit.
template <class Int> bool scaled(std::string_view number, double unit_as_double, Int unit, Int& out) {
  std::int64_t n = 0;
  if (whole(number, n)) return !__builtin_mul_overflow(n, unit, &out);
  double d = 0;
  if (!real(number, d)) return false;
  const auto product = d * unit_as_double;
  if (!(product >= static_cast<double>(std::numeric_limits<Int>::min())) ||
      !(product < static_cast<double>(std::numeric_limits<Int>::max()))) {
    return false;
  }
  out = static_cast<Int>(product);
  return true;
}

bool is_scalar(const value& v) { return v.is_string() || v.is_number() || v.kind() == kind::boolean; }

} // namespace

read_result<std::string> as_string(const value& v) {
  if (!is_scalar(v)) return wrong_type(v, "a string");
  return std::string(v.text());
}

read_result<std::int64_t> as_int(const value& v) {
  if (!v.is_number() && !v.is_string()) return wrong_type(v, "a whole number");
  std::int64_t n = 0;
  if (whole(v.text(), n)) return n;
  double d = 0;
  if (!real(v.text(), d)) return wrong_type(v, "a whole number");
  if (!(d >= -9223372036854775808.0 && d < 9223372036854775808.0)) {
    return unusable(v, "whole number of 64 bits", "use a smaller one");
  }
  return static_cast<std::int64_t>(d);
}

read_result<double> as_double(const value& v) {
  double d = 0;
  if ((!v.is_number() && !v.is_string()) || !real(v.text(), d)) return wrong_type(v, "a number");
  return d;
}

read_result<bool> as_bool(const value& v) {
  if (v.kind() == kind::boolean) return v.flag();
  if (v.is_string()) {
    const auto s = v.text();
    if (s == "true" || s == "yes" || s == "on") return true;
    if (s == "false" || s == "no" || s == "off") return false;
  }
  return wrong_type(v, "true or false (also yes, no, on, off)");
}

read_result<std::chrono::nanoseconds> as_duration(const value& v) {
  static constexpr const char* hint = "write a number and a unit: 500 ms, 10 s, 1.5 minutes (ns us ms s m h d)";
  if (!v.is_number() && !v.is_string()) return wrong_type(v, "a duration");
  const auto [number, written] = split(v.text());
  std::string unit(written);
  if (unit.size() > 2 && !unit.ends_with('s')) unit += 's';
  std::int64_t nanos = 0;
  if (unit.empty() || unit == "ms" || unit == "millis" || unit == "milliseconds") {
    nanos = 1'000'000;
  } else if (unit == "us" || unit == "micros" || unit == "microseconds") {
    nanos = 1'000;
  } else if (unit == "ns" || unit == "nanos" || unit == "nanoseconds") {
    nanos = 1;
  } else if (unit == "d" || unit == "days") {
    nanos = 86'400'000'000'000;
  } else if (unit == "h" || unit == "hours") {
    nanos = 3'600'000'000'000;
  } else if (unit == "s" || unit == "seconds") {
    nanos = 1'000'000'000;
  } else if (unit == "m" || unit == "minutes") {
    nanos = 60'000'000'000;
  } else {
    return unusable(v, "duration: unit '" + std::string(written) + "' is unknown", hint);
  }
  std::int64_t out = 0;
  if (!scaled(number, static_cast<double>(nanos), nanos, out)) return unusable(v, "duration", hint);
  return std::chrono::nanoseconds(out);
}

read_result<std::uint64_t> as_size(const value& v) {
  static constexpr const char* hint = "write a number and a unit: 512, 16 kB (16,000), 16 KiB (16,384), 1 GiB";
  if (!v.is_number() && !v.is_string()) return wrong_type(v, "a size in bytes");
  const auto [number, unit] = split(v.text());
  static constexpr std::string_view thousands[] = {"kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta"};
  static constexpr std::string_view binaries[] = {"kibi", "mebi", "gibi", "tebi", "pebi", "exbi", "zebi", "yobi"};
  int base = 0;
  int power = 0;
  if (unit.empty() || unit == "b" || unit == "B" || unit == "byte" || unit == "bytes") {
    base = 1;
  } else {
    for (int i = 0; i < 8 && base == 0; ++i) {
      const std::string small(1, thousands[i][0]);
      const std::string large(1, static_cast<char>(small[0] - 'a' + 'A'));
      const auto is_long = [&](std::string_view prefix) {
        return unit.starts_with(prefix) &&
               (unit.substr(prefix.size()) == "byte" || unit.substr(prefix.size()) == "bytes");
      };
      if (is_long(binaries[i]) || unit == small || unit == large || unit == large + "i" || unit == large + "iB") {
        base = 1024;
      } else if (is_long(thousands[i]) || unit == (i == 0 ? small : large) + "B") {
        base = 1000;
      }
      power = i + 1;
    }
  }
  if (base == 0) return unusable(v, "size: unit '" + std::string(unit) + "' is unknown", hint);
  std::uint64_t bytes = 1;
  double bytes_as_double = 1;
  bool fits = true;
  if (base != 1) {
    for (int i = 0; i < power; ++i) {
      bytes_as_double *= base;
      fits = fits && !__builtin_mul_overflow(bytes, static_cast<std::uint64_t>(base), &bytes);
    }
  }
  std::uint64_t out = 0;
  std::int64_t n = 0;
  if (whole(number, n) && n == 0) return out;
  if (!fits || number.starts_with('-') || !scaled(number, bytes_as_double, bytes, out)) {
    return unusable(v, "size in bytes", hint);
  }
  return out;
}

read_result<std::vector<value>> as_list(const value& v) {
  const auto list = v.as_array();
  if (!list) return wrong_type(v, "an array");
  return list->elements();
}

read_result<value> as_object(const value& v) {
  if (!v.is_object()) return wrong_type(v, "an object");
  return v;
}

read_result<value> get(const value& root, std::string_view path_expression) {
  auto keys = parse_path(path_expression);
  if (!keys) return unexpected<diagnostic>(std::move(keys).error());
  auto found = root.find(*keys);
  if (!found) {
    return unexpected<diagnostic>(
        diagnostic{"CF-C15", "'" + std::string(path_expression) + "' is missing", root.where(), {}, "give it a value"});
  }
  if (found->is_null()) {
    return unexpected<diagnostic>(
        diagnostic{"CF-C15", "'" + std::string(path_expression) + "' is null", found->where(), {}, "give it a value"});
  }
  return *found;
}

namespace {

template <class T>
read_result<T> get_as(const value& root, std::string_view path_expression, read_result<T> (*read)(const value&)) {
  auto found = get(root, path_expression);
  if (!found) return unexpected<diagnostic>(std::move(found).error());
  auto out = read(*found);
  if (!out) out.error().message = std::string(path_expression) + ": " + out.error().message;
  return out;
}

} // namespace

read_result<std::string> get_string(const value& root, std::string_view p) { return get_as(root, p, as_string); }
read_result<std::int64_t> get_int(const value& root, std::string_view p) { return get_as(root, p, as_int); }
read_result<double> get_double(const value& root, std::string_view p) { return get_as(root, p, as_double); }
read_result<bool> get_bool(const value& root, std::string_view p) { return get_as(root, p, as_bool); }
read_result<std::chrono::nanoseconds> get_duration(const value& root, std::string_view p) {
  return get_as(root, p, as_duration);
}
read_result<std::uint64_t> get_size(const value& root, std::string_view p) { return get_as(root, p, as_size); }
read_result<std::vector<value>> get_list(const value& root, std::string_view p) { return get_as(root, p, as_list); }
read_result<value> get_object(const value& root, std::string_view p) { return get_as(root, p, as_object); }

} // namespace cloudflow::config
