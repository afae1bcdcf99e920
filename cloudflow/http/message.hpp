#pragma once

#include "cloudflow/base/export.hpp"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cloudflow::http {

struct header {
  std::string name;
  std::string value;
};

/// Header fields in the order of the message. Names are compared without regard to case. Value type.
class CLOUDFLOW_API header_list {
  std::vector<header> fields_;

public:
  header_list() = default;
  header_list(std::initializer_list<header> fields)
      : fields_(fields) {}

  void add(std::string name, std::string value) { fields_.push_back({std::move(name), std::move(value)}); }
  /// Replaces all fields of that name by one.
  void set(std::string_view name, std::string value);
  /// The first field of that name, or nullptr.
  [[nodiscard]] const std::string* find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  void clear() { fields_.clear(); }
  [[nodiscard]] bool empty() const { return fields_.empty(); }
  [[nodiscard]] auto begin() const { return fields_.begin(); }
  [[nodiscard]] auto end() const { return fields_.end(); }
};

struct request {
  std::string method;                                            ///< as sent: "GET"; names of methods know case
  std::string target;                                            ///< as sent: "/streams/a%20b?x=1"
  std::string path;                                              ///< decoded, without the query
  std::string query;                                             ///< as sent, without the question mark
  std::vector<std::pair<std::string, std::string>> parameters{}; ///< of the route's pattern, decoded
  header_list headers{};
  std::string body{}; ///< empty on streaming routes
  std::string peer{}; ///< "127.0.0.1:53211"

  /// The parameter of that name; empty if the pattern has none.
  [[nodiscard]] CLOUDFLOW_API std::string_view parameter(std::string_view name) const;
};

struct response {
  int status = 200;
  header_list headers{}; ///< without Content-Length, Transfer-Encoding, Connection and Date: the server's
  std::string body{};
};

/// A response of text, or of a media type.
CLOUDFLOW_API response text_response(int status, std::string body,
                                     std::string media_type = "text/plain; charset=utf-8");
/// `{"error": reason}` with the status: what every refusal of ours looks like.
CLOUDFLOW_API response error_response(int status, std::string_view reason);

/// "Not Found" for 404; empty for a status that has no name.
CLOUDFLOW_API std::string_view reason_phrase(int status);
/// The media type without its parameters, in lower case: "application/json".
CLOUDFLOW_API std::string media_type_of(const header_list& headers);
/// Compared as names of header fields are.
CLOUDFLOW_API bool same_name(std::string_view a, std::string_view b);

} // namespace cloudflow::http
