#include "cloudflow/schema/internal/avro_words.hpp"

namespace cloudflow::schema {

using detail::logicals;
using detail::primitives;

std::string_view avro_type::short_name() const { return std::string_view(name).substr(name.rfind('.') + 1); }
std::string_view avro_type::space() const { return detail::space_of(name); }

std::string_view name_of(avro_kind kind) {
  switch (kind) {
  case avro_kind::fixed: return "fixed";
  case avro_kind::enumeration: return "enum";
  case avro_kind::record: return "record";
  case avro_kind::array: return "array";
  case avro_kind::map: return "map";
  case avro_kind::choice: return "union";
  default: break;
  }
  for (const auto& [word, primitive] : primitives) {
    if (primitive == kind) return word;
  }
  return "unknown";
}

std::string_view name_of(logical_kind kind) {
  for (const auto& [word, logical] : logicals) {
    if (logical == kind) return word;
  }
  return "none";
}

std::string describe(const avro_type& type) {
  if (type.named()) return std::string(name_of(type.kind)) + " " + type.name;
  if (type.kind != avro_kind::choice) return std::string(name_of(type.kind));
  std::string out = "[";
  for (const auto* branch : type.branches) {
    if (out.size() > 1) out += ", ";
    out += branch->named() ? branch->name : std::string(name_of(branch->kind));
    if (out.size() > 120) {
      out += ", ...";
      break;
    }
  }
  return out + "]";
}

} // namespace cloudflow::schema
