#include "cloudflow/blueprint/internal/parameter_type.hpp"

#include "cloudflow/config/render.hpp"
#include "cloudflow/streamlet/config_parameter.hpp"

#include <re2/re2.h>

namespace cloudflow::blueprint::internal {

namespace {

using streamlet::parameter_traits;

constexpr std::size_t pattern_limit = 4'096;     // characters
constexpr std::int64_t pattern_memory = 8 << 20; // bytes that RE2 may take for one pattern

RE2::Options pattern_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(pattern_memory);
  return options;
}

template <class T> std::optional<std::string> unreadable(const config::value& v) {
  if (const auto read = parameter_traits<T>::read(v); !read) return read.error().message;
  return std::nullopt;
}

std::optional<std::string> wrong_type(std::string_view type, const config::value& v) {
  if (type == "int32") return unreadable<std::int32_t>(v);
  if (type == "double") return unreadable<double>(v);
  if (type == "bool") return unreadable<bool>(v);
  if (type == "duration") return unreadable<std::chrono::nanoseconds>(v);
  if (type == "memorysize") return unreadable<streamlet::memory_size>(v);
  return unreadable<std::string>(v);
}

std::string a_value_of(std::string_view type) {
  if (type == "int32") return "a whole number of 32 bits is wanted";
  if (type == "double") return "a number is wanted";
  if (type == "bool") return "true or false is wanted";
  if (type == "duration") return "a duration such as \"10 s\" is wanted";
  if (type == "memorysize") return "a size such as \"64 MiB\" is wanted";
  return "a text is wanted";
}

} // namespace

bool is_validation_type(std::string_view type) {
  return type == "int32" || type == "double" || type == "bool" || type == "string" || type == "duration" ||
         type == "memorysize";
}

std::optional<std::string> why_no_pattern(const std::string& pattern) {
  if (pattern.size() > pattern_limit) return "it is longer than " + std::to_string(pattern_limit) + " characters";
  const RE2 compiled(pattern, pattern_options());
  if (compiled.ok()) return std::nullopt;
  return compiled.error();
}

std::optional<refused> why_refused(const streamlet::config_parameter_descriptor& parameter,
                                   const config::value& value) {
  const bool secret = parameter.secret || config::is_secret_key(parameter.key);
  if (auto reason = wrong_type(parameter.validation_type, value))
    return refused{refusal::wrong_type, a_value_of(parameter.validation_type) + (secret ? "" : ": " + *reason)};
  if (parameter.validation_type != "string" || !parameter.validation_pattern ||
      parameter.validation_pattern->size() > pattern_limit)
    return std::nullopt;
  const RE2 compiled(*parameter.validation_pattern, pattern_options());
  if (!compiled.ok() || RE2::FullMatch(re2::StringPiece(value.text().data(), value.text().size()), compiled))
    return std::nullopt;
  return refused{refusal::pattern, "it does not match " + *parameter.validation_pattern};
}

} // namespace cloudflow::blueprint::internal
