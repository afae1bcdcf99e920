#pragma once

#include "cloudflow/base/export.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cloudflow {

/// Writes one JSON document, front to back. The core may not link a JSON library; reading goes through `config`, whose
/// language contains JSON. Doubles are written in their shortest form that reads back equal; NaN and infinities, which
/// JSON lacks, as null. Confined to one thread. Misuse (a member outside an object) asserts.
class CLOUDFLOW_API json_writer {
  std::string out_;
  std::vector<char> open_; // '{' or '[' per level; lower bit of first_ says whether a comma is due
  std::vector<bool> first_;
  bool after_key_ = false;
  int indent_;

  void separate();
  void newline();

public:
  /// `indent` spaces a level; 0 = one line.
  explicit json_writer(int indent = 0)
      : indent_(indent) {}

  json_writer& begin_object();
  json_writer& end_object();
  json_writer& begin_array();
  json_writer& end_array();
  json_writer& key(std::string_view name);

  json_writer& value(std::string_view text);
  json_writer& value(const char* text) { return value(std::string_view(text)); }
  json_writer& value(std::int64_t number);
  json_writer& value(int number) { return value(std::int64_t{number}); }
  json_writer& value(std::uint64_t number);
  json_writer& value(double number);
  json_writer& value(bool flag);
  json_writer& null();
  /// A value that is JSON already.
  json_writer& raw(std::string_view json);

  template <class T> json_writer& member(std::string_view name, const T& v) { return key(name), value(v); }

  [[nodiscard]] std::string text() &&;
};

/// The string with JSON's escapes and its quotes. Bytes that are not UTF-8 become U+FFFD.
CLOUDFLOW_API std::string json_quote(std::string_view text);

/// Shortest decimal form that reads back to the same double ("0.1", "1e-07", "5.0" is "5.0").
CLOUDFLOW_API std::string shortest(double number);

} // namespace cloudflow
