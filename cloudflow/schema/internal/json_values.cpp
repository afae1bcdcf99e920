#include "cloudflow/schema/internal/json_values.hpp"

#include "cloudflow/base/utf8.hpp"

#include <utility>

namespace cloudflow::schema::detail {

std::optional<bytes> octets_of(std::string_view text) {
  bytes out;
  out.reserve(text.size());
  for (std::size_t i = 0, size = 0; i < text.size(); i += size) {
    const auto c = decode_utf8(text, i, size);
    if (c > 0xFF) return std::nullopt;
    out.push_back(static_cast<std::byte>(c));
  }
  return out;
}

std::string characters_of(bytes_view data) {
  std::string out;
  for (const auto b : data) append_utf8(out, static_cast<char32_t>(b));
  return out;
}

std::string branch_name(const avro_type& type) { return type.named() ? type.name : std::string(name_of(type.kind)); }

diagnostic wrong_value(const avro_type& type, std::string_view wanted, const origin& where, std::string hint) {
  return {.code = "CF-S30",
          .message = "a value of type " + describe(type) + " should be " + std::string(wanted),
          .where = where,
          .hint = std::move(hint)};
}

} // namespace cloudflow::schema::detail
