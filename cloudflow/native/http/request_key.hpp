#pragma once

#include "cloudflow/http/message.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace cloudflow::native {

/// The header of a request by which its repeat is known, and of the records that came of it. It holds what the client
/// sent: behind it stands "/2" for the second record of an upload, and "+1" for what more the graph makes of a record.
inline constexpr std::string_view idempotency_header = "Idempotency-Key";
inline constexpr std::size_t longest_idempotency_key = 255;

/// The key of a request.
struct request_key {
  std::string text{};    ///< empty: none
  std::string problem{}; ///< not empty: the request is to be refused with 400
};
CLOUDFLOW_API request_key request_key_of(const http::header_list& headers);

} // namespace cloudflow::native
