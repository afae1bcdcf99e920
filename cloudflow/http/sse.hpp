#pragma once

#include "cloudflow/base/export.hpp"

#include <string>
#include <string_view>

namespace cloudflow::http {

/// One event of a `text/event-stream`.
struct server_event {
  std::string data;   ///< any lines
  std::string name{}; ///< "event:" if not empty
  std::string id{};   ///< "id:" if not empty
};

/// The event as it is written, with the empty line that ends it. Line ends in name and id, which have no way to be
/// written, are left out. Source: WHATWG HTML, "Server-sent events".
CLOUDFLOW_API std::string to_text(const server_event& event);

inline constexpr std::string_view event_stream = "text/event-stream";

} // namespace cloudflow::http
