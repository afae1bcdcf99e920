#pragma once

#include "cloudflow/config/value.hpp"

#include <chrono>
#include <cstdint>

namespace cloudflow::config {

/// Typed reads with typesafe-config's conversions: numbers and booleans read as strings, strings that look like them as
/// numbers and booleans (true/false/yes/no/on/off), objects with numeric keys as arrays; null is never converted.
/// Errors: CF-C14 (wrong type), CF-C16 (right type, unusable text), at the value's token.
template <class T> using read_result = expected<T, diagnostic>;

CLOUDFLOW_API read_result<std::string> as_string(const value& v);
/// Fractions are cut off as in Java; beyond 64 bits is CF-C16.
CLOUDFLOW_API read_result<std::int64_t> as_int(const value& v);
CLOUDFLOW_API read_result<double> as_double(const value& v);
CLOUDFLOW_API read_result<bool> as_bool(const value& v);
/// Number with unit ns, us, ms (default), s, m, h, d or their long names. Source: HOCON, "Duration format".
CLOUDFLOW_API read_result<std::chrono::nanoseconds> as_duration(const value& v);
/// Units: bytes. Number with unit B, kB, MB ... (powers of 1000) or K, KiB, M, MiB ... (powers of 1024).
CLOUDFLOW_API read_result<std::uint64_t> as_size(const value& v);
CLOUDFLOW_API read_result<std::vector<value>> as_list(const value& v);
CLOUDFLOW_API read_result<value> as_object(const value& v);

/// The same by path. Errors: also CF-C15 if there is nothing, or null, at `path_expression`.
CLOUDFLOW_API read_result<value> get(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<std::string> get_string(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<std::int64_t> get_int(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<double> get_double(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<bool> get_bool(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<std::chrono::nanoseconds> get_duration(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<std::uint64_t> get_size(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<std::vector<value>> get_list(const value& root, std::string_view path_expression);
CLOUDFLOW_API read_result<value> get_object(const value& root, std::string_view path_expression);

} // namespace cloudflow::config
