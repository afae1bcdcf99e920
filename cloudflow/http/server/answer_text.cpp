#include "cloudflow/http/server/answer_text.hpp"

namespace cloudflow::http {

void append_head(std::string& to, const response& r, const answer_framing& framing) {
  to += "HTTP/1.1 ";
  to += std::to_string(r.status);
  to += ' ';
  to += reason_phrase(r.status);
  to += "\r\nDate: ";
  to += framing.date;
  for (const auto& h : r.headers) {
    if (h.name.find_first_of("\r\n:") != std::string::npos || h.value.find_first_of("\r\n") != std::string::npos)
      continue; // a header from user data must not forge others
    to += "\r\n";
    to += h.name;
    to += ": ";
    to += h.value;
  }
  if (framing.chunked) to += "\r\nTransfer-Encoding: chunked";
  if (framing.counted) {
    to += "\r\nContent-Length: ";
    to += std::to_string(r.body.size());
  }
  if (!framing.connection.empty()) {
    to += "\r\nConnection: ";
    to += framing.connection;
  }
  to += "\r\n\r\n";
}

void append_chunk(std::string& to, std::string_view data) {
  static constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (auto n = data.size(); n > 0; n /= 16) size.insert(size.begin(), digits[n % 16]);
  to += size;
  to += "\r\n";
  to += data;
  to += "\r\n";
}

} // namespace cloudflow::http
