#include "cloudflow/base/logging.hpp"

namespace cloudflow::logging {

namespace {
sink the_sink; // the one global (STYLE 4.4)
}

std::string_view name_of(level l) {
  switch (l) {
  case level::debug: return "debug";
  case level::info: return "info";
  case level::warn: return "warn";
  case level::error: return "error";
  }
  return "info";
}

void set_sink(sink s) { the_sink = s; }

bool enabled(level l, std::string_view logger) {
  return the_sink.write && (!the_sink.enabled || the_sink.enabled(the_sink.context, l, logger));
}

void write(level l, std::string_view logger, std::string_view message, std::span<const field> fields) {
  if (enabled(l, logger)) the_sink.write(the_sink.context, l, logger, message, fields);
}

} // namespace cloudflow::logging
