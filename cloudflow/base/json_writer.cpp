#include "cloudflow/base/json_writer.hpp"

#include "cloudflow/base/assert.hpp"
#include "cloudflow/base/utf8.hpp"

#include <charconv>
#include <cmath>

namespace cloudflow {

std::string json_quote(std::string_view text) {
  static constexpr char hex[] = "0123456789abcdef";
  std::string out = "\"";
  out.reserve(text.size() + 2);
  for (std::size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const auto n = utf8_length(text, i);
      if (n == 0) {
        out += "\xEF\xBF\xBD";
        ++i;
      } else {
        out.append(text, i, n);
        i += n;
      }
      continue;
    }
    switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    case '\b': out += "\\b"; break;
    case '\f': out += "\\f"; break;
    default:
      if (c < 0x20 || c == 0x7F) {
        out += "\\u00";
        out += hex[c >> 4];
        out += hex[c & 15];
      } else {
        out += static_cast<char>(c);
      }
    }
    ++i;
  }
  out += '"';
  return out;
}

std::string shortest(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  char buffer[32];
  const auto [end, ec] = std::to_chars(buffer, buffer + sizeof buffer, number);
  CLOUDFLOW_ASSERT(ec == std::errc{}, "32 characters hold every double");
  std::string out(buffer, end);
  if (out.find_first_of(".e") == std::string::npos) out += ".0";
  return out;
}

void json_writer::newline() {
  if (indent_ == 0) return;
  out_ += '\n';
  out_.append(open_.size() * static_cast<std::size_t>(indent_), ' ');
}

void json_writer::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) return;
  CLOUDFLOW_ASSERT(open_.back() == '[', "a value in an object needs its key first");
  if (!first_.back()) out_ += ',';
  first_.back() = false;
  newline();
}

json_writer& json_writer::begin_object() {
  separate();
  out_ += '{';
  open_.push_back('{');
  first_.push_back(true);
  return *this;
}

json_writer& json_writer::begin_array() {
  separate();
  out_ += '[';
  open_.push_back('[');
  first_.push_back(true);
  return *this;
}

json_writer& json_writer::end_object() {
  CLOUDFLOW_ASSERT(!open_.empty() && open_.back() == '{' && !after_key_, "no object is open");
  const bool empty = first_.back();
  open_.pop_back();
  first_.pop_back();
  if (!empty) newline();
  out_ += '}';
  return *this;
}

json_writer& json_writer::end_array() {
  CLOUDFLOW_ASSERT(!open_.empty() && open_.back() == '[', "no array is open");
  const bool empty = first_.back();
  open_.pop_back();
  first_.pop_back();
  if (!empty) newline();
  out_ += ']';
  return *this;
}

json_writer& json_writer::key(std::string_view name) {
  CLOUDFLOW_ASSERT(!open_.empty() && open_.back() == '{' && !after_key_, "a key stands in an object");
  if (!first_.back()) out_ += ',';
  first_.back() = false;
  newline();
  out_ += json_quote(name);
  out_ += indent_ == 0 ? ":" : ": ";
  after_key_ = true;
  return *this;
}

json_writer& json_writer::value(std::string_view text) { return raw(json_quote(text)); }
json_writer& json_writer::value(std::int64_t number) { return raw(std::to_string(number)); }
json_writer& json_writer::value(std::uint64_t number) { return raw(std::to_string(number)); }
json_writer& json_writer::value(bool flag) { return raw(flag ? "true" : "false"); }
json_writer& json_writer::null() { return raw("null"); }
json_writer& json_writer::value(double number) { return raw(std::isfinite(number) ? shortest(number) : "null"); }

json_writer& json_writer::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

std::string json_writer::text() && {
  CLOUDFLOW_ASSERT(open_.empty() && !after_key_, "an object or array is still open");
  return std::move(out_);
}

} // namespace cloudflow
