#include "cloudflow/base/error.hpp"

namespace cloudflow {

std::string_view name_of(errc code) {
  switch (code) {
  case errc::invalid_argument: return "invalid-argument";
  case errc::parse_error: return "parse-error";
  case errc::not_found: return "not-found";
  case errc::already_exists: return "already-exists";
  case errc::incompatible: return "incompatible";
  case errc::out_of_range: return "out-of-range";
  case errc::limit_exceeded: return "limit-exceeded";
  case errc::unavailable: return "unavailable";
  case errc::timed_out: return "timed-out";
  case errc::cancelled: return "cancelled";
  case errc::closed: return "closed";
  case errc::conflict: return "conflict";
  case errc::fenced: return "fenced";
  case errc::user_code: return "user-code";
  case errc::io_error: return "io-error";
  case errc::corrupt: return "corrupt";
  case errc::unsupported: return "unsupported";
  case errc::internal: return "internal";
  }
  return "unknown";
}

std::string error::text() const {
  std::string out = message;
  if (where) out += " (at " + where->text() + ")";
  if (cause) out += ": " + cause->text();
  return out;
}

error error::wrap(std::string wider_message) const {
  return {code, source, retriable, std::move(wider_message), std::nullopt, std::make_shared<const error>(*this)};
}

} // namespace cloudflow
