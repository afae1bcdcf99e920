#pragma once

#include "cloudflow/base/error.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cloudflow::config {
class value;
}

namespace cloudflow::streamlet {

/// A number of bytes, written in configuration as HOCON writes sizes ("64 MiB", "1 kB").
struct memory_size {
  std::uint64_t bytes = 0;
  friend auto operator<=>(const memory_size&, const memory_size&) = default;
};

/// A text that no printer shows: it reads `***` everywhere, with its origin.
struct secret {
  std::string text;
  friend bool operator==(const secret&, const secret&) = default;
};

/// How a C++ type is written in configuration. Specialise it for a type of your own: choose one of the validation types
/// and convert from it.
///
///     template <> struct cloudflow::streamlet::parameter_traits<percent> {
///       static constexpr std::string_view validation_type = "int32";
///       static result<percent> read(const config::value& v) { ... }
///       static std::string write(const percent& p) { ... }
///     };
template <class T> struct parameter_traits;

template <> struct CLOUDFLOW_API parameter_traits<std::int32_t> {
  static constexpr std::string_view validation_type = "int32";
  static result<std::int32_t> read(const config::value& v);
  static std::string write(std::int32_t v);
};
template <> struct CLOUDFLOW_API parameter_traits<double> {
  static constexpr std::string_view validation_type = "double";
  static result<double> read(const config::value& v);
  static std::string write(double v);
};
template <> struct CLOUDFLOW_API parameter_traits<bool> {
  static constexpr std::string_view validation_type = "bool";
  static result<bool> read(const config::value& v);
  static std::string write(bool v);
};
template <> struct CLOUDFLOW_API parameter_traits<std::string> {
  static constexpr std::string_view validation_type = "string";
  static result<std::string> read(const config::value& v);
  static std::string write(std::string v) { return v; }
};
template <> struct CLOUDFLOW_API parameter_traits<secret> {
  static constexpr std::string_view validation_type = "string";
  static result<secret> read(const config::value& v);
  static std::string write(const secret& v) { return v.text; }
};
template <> struct CLOUDFLOW_API parameter_traits<memory_size> {
  static constexpr std::string_view validation_type = "memorysize";
  static result<memory_size> read(const config::value& v);
  static std::string write(memory_size v);
};
template <> struct CLOUDFLOW_API parameter_traits<std::chrono::nanoseconds> {
  static constexpr std::string_view validation_type = "duration";
  static result<std::chrono::nanoseconds> read(const config::value& v);
  static std::string write(std::chrono::nanoseconds v);
};
template <class Rep, class Period> struct parameter_traits<std::chrono::duration<Rep, Period>> {
  static constexpr std::string_view validation_type = "duration";
  static result<std::chrono::duration<Rep, Period>> read(const config::value& v) {
    return parameter_traits<std::chrono::nanoseconds>::read(v).transform(
        [](auto d) { return std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(d); });
  }
  static std::string write(std::chrono::duration<Rep, Period> v) {
    return parameter_traits<std::chrono::nanoseconds>::write(v);
  }
};

template <class T>
concept parameter = requires(const config::value& v, const T& t) {
  { parameter_traits<T>::validation_type } -> std::convertible_to<std::string_view>;
  { parameter_traits<T>::read(v) } -> std::same_as<result<T>>;
  { parameter_traits<T>::write(t) } -> std::convertible_to<std::string>;
};

/// A setting of a streamlet: `config_parameter<double> max_{"max-celsius", "Readings above this are rejected.", 60.0};`
/// Types: `std::int32_t`, `double`, `bool`, `std::string` (optionally `.matching(pattern)`), durations, `memory_size`,
/// `secret`, and types with `parameter_traits` of their own. Without a default it is required. Its value is read with
/// `ctx.value(parameter)`. Immutable after construction.
template <parameter T> class config_parameter {
  config_parameter_descriptor descriptor_;

public:
  using value_type = T;

  config_parameter(std::string key, std::string description) {
    descriptor_.key = std::move(key);
    descriptor_.description = std::move(description);
    descriptor_.validation_type = parameter_traits<T>::validation_type;
    descriptor_.secret = std::same_as<T, secret>;
  }
  config_parameter(std::string key, std::string description, const T& default_value)
      : config_parameter(std::move(key), std::move(description)) {
    descriptor_.default_value = parameter_traits<T>::write(default_value);
  }

  /// The value must match this regular expression (RE2 syntax) as a whole.
  config_parameter matching(std::string pattern) &&
        requires std::same_as<T, std::string>
  {
    descriptor_.validation_pattern = std::move(pattern);
    return std::move(*this);
  }

  [[nodiscard]] const std::string& key() const { return descriptor_.key; }
  [[nodiscard]] const config_parameter_descriptor& descriptor() const { return descriptor_; }
};

} // namespace cloudflow::streamlet
