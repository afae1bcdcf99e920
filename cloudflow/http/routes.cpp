#include "cloudflow/http/routes.hpp"

#include <algorithm>
#include <optional>

namespace cloudflow::http {

namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool decode(std::string_view text, std::string& out) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return false;
    const int high = digit(text[i + 1]);
    const int low = digit(text[i + 2]);
    if (high < 0 || low < 0 || (high == 0 && low == 0)) return false;
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return true;
}

/// The path of the target as it was sent: a slash that was encoded is none between segments.
std::string_view raw_path(const request& r) {
  const std::string_view target = r.target;
  const auto from = target.starts_with('/') ? std::size_t{0} : target.find('/', target.find("://") + 3);
  if (from == std::string_view::npos) return "/";
  return target.substr(from, target.find_first_of("?#", from) - from);
}

std::string_view segment(std::string_view& rest) {
  rest.remove_prefix(1); // the slash
  const auto end = std::min(rest.find('/'), rest.size());
  const auto out = rest.substr(0, end);
  rest.remove_prefix(end);
  return out;
}

bool matches(std::string_view pattern, std::string_view path, request& r) {
  r.parameters.clear();
  while (!pattern.empty() && !path.empty()) {
    if (pattern == "/*") return true;
    const auto wanted = segment(pattern);
    const auto given = segment(path);
    std::string decoded;
    if (!decode(given, decoded)) return false;
    if (wanted.size() > 2 && wanted.front() == '{' && wanted.back() == '}') {
      if (decoded.empty()) return false;
      r.parameters.emplace_back(wanted.substr(1, wanted.size() - 2), std::move(decoded));
    } else if (wanted != decoded) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

} // namespace

bool read_target(request& r) {
  const std::string_view target = r.target;
  if (!target.starts_with('/')) {
    const bool absolute = target.size() > 7 && (same_name(target.substr(0, 7), "http://") ||
                                                (target.size() > 8 && same_name(target.substr(0, 8), "https://")));
    if (!absolute) return false;
  }
  if (!decode(raw_path(r), r.path)) return false;
  const auto mark = target.find('?');
  r.query = mark == std::string_view::npos ? "" : target.substr(mark + 1, target.find('#', mark) - mark - 1);
  return true;
}

route_table& route_table::on(std::string method, std::string pattern, handler h) {
  routes_.push_back({std::move(method), std::move(pattern), std::move(h), {}});
  return *this;
}

route_table& route_table::stream(std::string method, std::string pattern, stream_handler h) {
  routes_.push_back({std::move(method), std::move(pattern), {}, std::move(h)});
  return *this;
}

route_table::found route_table::find(request& r) const {
  found out;
  const auto path = raw_path(r);
  std::vector<std::string_view> allowed;
  for (const auto& candidate : routes_) {
    if (!matches(candidate.pattern, path, r)) continue;
    if (candidate.method == r.method || (candidate.method == "GET" && r.method == "HEAD")) {
      out.at = &candidate;
      out.status = 200;
      return out;
    }
    const auto allow = [&](std::string_view method) {
      if (std::find(allowed.begin(), allowed.end(), method) == allowed.end()) allowed.push_back(method);
    };
    allow(candidate.method);
    if (candidate.method == "GET") allow("HEAD");
  }
  r.parameters.clear();
  std::sort(allowed.begin(), allowed.end());
  for (const auto& method : allowed) out.allow += (out.allow.empty() ? "" : ", ") + std::string(method);
  if (!allowed.empty()) out.status = 405;
  return out;
}

} // namespace cloudflow::http
