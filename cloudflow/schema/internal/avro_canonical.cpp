#include "cloudflow/schema/internal/avro_canonical.hpp"

#include <unordered_set>

namespace cloudflow::schema::detail {

namespace {

void write_canonical(const avro_type& type, std::unordered_set<std::string_view>& seen, std::string& out) {
  const auto quoted = [&](std::string_view text) { ((out += '"') += text) += '"'; };
  if (type.named() && !seen.insert(type.name).second) {
    quoted(type.name);
    return;
  }
  switch (type.kind) {
  case avro_kind::record:
    out += "{\"name\":";
    quoted(type.name);
    out += ",\"type\":\"record\",\"fields\":[";
    for (const auto& field : type.fields) {
      if (&field != type.fields.data()) out += ',';
      out += "{\"name\":";
      quoted(field.name);
      out += ",\"type\":";
      write_canonical(*field.type, seen, out);
      out += '}';
    }
    out += "]}";
    return;
  case avro_kind::enumeration:
    out += "{\"name\":";
    quoted(type.name);
    out += ",\"type\":\"enum\",\"symbols\":[";
    for (const auto& symbol : type.symbols) {
      if (&symbol != type.symbols.data()) out += ',';
      quoted(symbol);
    }
    out += "]}";
    return;
  case avro_kind::fixed:
    out += "{\"name\":";
    quoted(type.name);
    out += ",\"type\":\"fixed\",\"size\":" + std::to_string(type.size) + "}";
    return;
  case avro_kind::array:
  case avro_kind::map:
    out += type.kind == avro_kind::array ? "{\"type\":\"array\",\"items\":" : "{\"type\":\"map\",\"values\":";
    write_canonical(*type.item, seen, out);
    out += '}';
    return;
  case avro_kind::choice:
    out += '[';
    for (std::size_t i = 0; i < type.branches.size(); ++i) {
      if (i != 0) out += ',';
      write_canonical(*type.branches[i], seen, out);
    }
    out += ']';
    return;
  default: quoted(name_of(type.kind));
  }
}

} // namespace

std::string canonical_form(const avro_type& type) {
  std::string out;
  std::unordered_set<std::string_view> seen;
  write_canonical(type, seen, out);
  return out;
}

} // namespace cloudflow::schema::detail
