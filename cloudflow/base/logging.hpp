#pragma once

#include "cloudflow/base/export.hpp"

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

/// Logs of the running system. Named `logging` because `log` is the room of topics.
namespace cloudflow::logging {

enum class level { debug, info, warn, error };
CLOUDFLOW_API std::string_view name_of(level l);

/// One field of a log line.
struct field {
  std::string key;
  std::string value;
};

inline field kv(std::string_view key, std::string_view value) { return {std::string(key), std::string(value)}; }
inline field kv(std::string_view key, const char* value) { return {std::string(key), std::string(value)}; }
inline field kv(std::string_view key, bool value) { return {std::string(key), value ? "true" : "false"}; }
template <class N>
  requires requires(N n) { std::to_string(n); }
field kv(std::string_view key, N value) {
  return {std::string(key), std::to_string(value)};
}

/// Where lines go. The host sets it (spdlog in the tools, slf4j in a JVM); until then lines are dropped, because a core
/// without a host has nowhere to write. Thread: must be callable from every thread. Must not throw.
struct sink {
  void (*write)(void* context, level l, std::string_view logger, std::string_view message,
                std::span<const field> fields) = nullptr;
  bool (*enabled)(void* context, level l, std::string_view logger) = nullptr;
  void* context = nullptr; ///< outlives every thread that logs
};

/// Sets the sink of the process: the project's one global. Call before threads start.
CLOUDFLOW_API void set_sink(sink s);
CLOUDFLOW_API bool enabled(level l, std::string_view logger);
CLOUDFLOW_API void write(level l, std::string_view logger, std::string_view message, std::span<const field> fields);

template <class... F> void debug(std::string_view logger, std::string_view message, const F&... fields) {
  if (!enabled(level::debug, logger)) return;
  const std::initializer_list<field> list = {fields...};
  write(level::debug, logger, message, {list.begin(), list.size()});
}
template <class... F> void info(std::string_view logger, std::string_view message, const F&... fields) {
  const std::initializer_list<field> list = {fields...};
  write(level::info, logger, message, {list.begin(), list.size()});
}
template <class... F> void warn(std::string_view logger, std::string_view message, const F&... fields) {
  const std::initializer_list<field> list = {fields...};
  write(level::warn, logger, message, {list.begin(), list.size()});
}
template <class... F> void error(std::string_view logger, std::string_view message, const F&... fields) {
  const std::initializer_list<field> list = {fields...};
  write(level::error, logger, message, {list.begin(), list.size()});
}

} // namespace cloudflow::logging
