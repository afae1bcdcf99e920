#pragma once

#include "cloudflow/http/message.hpp"

#include <string>
#include <string_view>

namespace cloudflow::http {

/// What an answer's header block says beside the answer itself.
struct answer_framing {
  bool chunked = false;          ///< the body comes in chunks
  bool counted = false;          ///< Content-Length is that of the body
  std::string_view connection{}; ///< "close", "keep-alive" or nothing
  std::string_view date{};
};

/// Status line and header block. A header whose name or value could forge others is left out. Source: RFC 9112.
void append_head(std::string& to, const response& r, const answer_framing& framing);
/// A chunk of a chunked body; not empty, for that ends it.
void append_chunk(std::string& to, std::string_view data);
inline constexpr std::string_view last_chunk = "0\r\n\r\n";

/// Statuses that have no body.
[[nodiscard]] inline bool has_body(int status) { return status >= 200 && status != 204 && status != 304; }

} // namespace cloudflow::http
