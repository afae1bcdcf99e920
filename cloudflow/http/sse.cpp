#include "cloudflow/http/sse.hpp"

namespace cloudflow::http {

namespace {

void put_field(std::string& out, std::string_view field, std::string_view value) {
  if (value.empty()) return;
  out += field;
  for (const char c : value)
    if (c != '\n' && c != '\r' && c != '\0') out += c;
  out += '\n';
}

} // namespace

std::string to_text(const server_event& event) {
  std::string out;
  out.reserve(event.data.size() + event.name.size() + event.id.size() + 32);
  put_field(out, "event: ", event.name);
  put_field(out, "id: ", event.id);
  std::string_view rest = event.data;
  for (;;) {
    const auto end = rest.find_first_of("\r\n");
    out += "data: ";
    out += rest.substr(0, end);
    out += '\n';
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + (rest.substr(end, 2) == "\r\n" ? 2 : 1));
  }
  out += '\n';
  return out;
}

} // namespace cloudflow::http
