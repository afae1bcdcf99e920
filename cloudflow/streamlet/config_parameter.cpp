#include "cloudflow/streamlet/config_parameter.hpp"

#include "cloudflow/base/json_writer.hpp"
#include "cloudflow/config/read.hpp"

#include <limits>

namespace cloudflow::streamlet {

namespace {

template <class T> result<T> as_result(config::read_result<T> read) {
  if (read) return std::move(*read);
  const auto& problem = read.error();
  return unexpected(error{errc::invalid_argument, error_source::user, false, problem.message, problem.where});
}

} // namespace

result<std::int32_t> parameter_traits<std::int32_t>::read(const config::value& v) {
  auto wide = as_result(config::as_int(v));
  if (!wide) return unexpected(wide.error());
  using limits = std::numeric_limits<std::int32_t>;
  if (*wide < limits::min() || *wide > limits::max())
    return unexpected(error{errc::out_of_range, error_source::user, false,
                            std::string(v.text()) + " does not fit into 32 bits", v.where()});
  return static_cast<std::int32_t>(*wide);
}
std::string parameter_traits<std::int32_t>::write(std::int32_t v) { return std::to_string(v); }

result<double> parameter_traits<double>::read(const config::value& v) { return as_result(config::as_double(v)); }
std::string parameter_traits<double>::write(double v) { return shortest(v); }

result<bool> parameter_traits<bool>::read(const config::value& v) { return as_result(config::as_bool(v)); }
std::string parameter_traits<bool>::write(bool v) { return v ? "true" : "false"; }

result<std::string> parameter_traits<std::string>::read(const config::value& v) {
  return as_result(config::as_string(v));
}

result<secret> parameter_traits<secret>::read(const config::value& v) {
  return as_result(config::as_string(v)).transform([](std::string text) { return secret{std::move(text)}; });
}

result<memory_size> parameter_traits<memory_size>::read(const config::value& v) {
  return as_result(config::as_size(v)).transform([](std::uint64_t bytes) { return memory_size{bytes}; });
}
std::string parameter_traits<memory_size>::write(memory_size v) { return std::to_string(v.bytes) + " B"; }

result<std::chrono::nanoseconds> parameter_traits<std::chrono::nanoseconds>::read(const config::value& v) {
  return as_result(config::as_duration(v));
}

std::string parameter_traits<std::chrono::nanoseconds>::write(std::chrono::nanoseconds v) {
  using namespace std::chrono;
  const auto whole = [&](auto unit, const char* name) -> std::optional<std::string> {
    if (v % unit != nanoseconds::zero()) return std::nullopt;
    return std::to_string(v / unit) + " " + name;
  };
  if (auto text = whole(minutes(1), "minutes"); text && v != nanoseconds::zero()) return *text;
  if (auto text = whole(seconds(1), "seconds")) return *text;
  if (auto text = whole(milliseconds(1), "milliseconds")) return *text;
  if (auto text = whole(microseconds(1), "microseconds")) return *text;
  return std::to_string(v.count()) + " nanoseconds";
}

} // namespace cloudflow::streamlet
