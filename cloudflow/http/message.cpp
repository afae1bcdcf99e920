#include "cloudflow/http/message.hpp"

#include "cloudflow/base/json_writer.hpp"

#include <algorithm>

namespace cloudflow::http {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

} // namespace

bool same_name(std::string_view a, std::string_view b) {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return x == y || lower(x) == lower(y); });
}

void header_list::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [&](const header& h) { return same_name(h.name, name); });
  fields_.push_back({std::string(name), std::move(value)});
}

const std::string* header_list::find(std::string_view name) const {
  for (const auto& h : fields_)
    if (same_name(h.name, name)) return &h.value;
  return nullptr;
}

std::size_t header_list::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(), [&](const header& h) { return same_name(h.name, name); }));
}

std::string_view request::parameter(std::string_view name) const {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

response text_response(int status, std::string body, std::string media_type) {
  response out{status, {}, std::move(body)};
  out.headers.add("Content-Type", std::move(media_type));
  return out;
}

response error_response(int status, std::string_view reason) {
  json_writer json;
  json.begin_object().member("error", reason).end_object();
  return text_response(status, std::move(json).text() + "\n", "application/json");
}

std::string_view reason_phrase(int status) {
  switch (status) {
  case 100: return "Continue";
  case 200: return "OK";
  case 201: return "Created";
  case 202: return "Accepted";
  case 204: return "No Content";
  case 206: return "Partial Content";
  case 301: return "Moved Permanently";
  case 302: return "Found";
  case 303: return "See Other";
  case 304: return "Not Modified";
  case 307: return "Temporary Redirect";
  case 308: return "Permanent Redirect";
  case 400: return "Bad Request";
  case 401: return "Unauthorized";
  case 403: return "Forbidden";
  case 404: return "Not Found";
  case 405: return "Method Not Allowed";
  case 406: return "Not Acceptable";
  case 408: return "Request Timeout";
  case 409: return "Conflict";
  case 410: return "Gone";
  case 411: return "Length Required";
  case 413: return "Content Too Large";
  case 414: return "URI Too Long";
  case 415: return "Unsupported Media Type";
  case 417: return "Expectation Failed";
  case 422: return "Unprocessable Content";
  case 429: return "Too Many Requests";
  case 431: return "Request Header Fields Too Large";
  case 500: return "Internal Server Error";
  case 501: return "Not Implemented";
  case 502: return "Bad Gateway";
  case 503: return "Service Unavailable";
  case 504: return "Gateway Timeout";
  case 505: return "HTTP Version Not Supported";
  default: return "";
  }
}

std::string media_type_of(const header_list& headers) {
  const auto* field = headers.find("Content-Type");
  if (field == nullptr) return {};
  std::string out = field->substr(0, field->find(';'));
  while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
  std::transform(out.begin(), out.end(), out.begin(), lower);
  return out;
}

} // namespace cloudflow::http
