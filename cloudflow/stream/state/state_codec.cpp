#include "cloudflow/stream/state/state_codec.hpp"

namespace cloudflow::stream {

void put_long(std::int64_t value, bytes& into) {
  auto left = (static_cast<std::uint64_t>(value) << 1U) ^ static_cast<std::uint64_t>(value >> 63U);
  for (; left >= 0x80U; left >>= 7U) into.push_back(std::byte((left & 0x7fU) | 0x80U));
  into.push_back(std::byte(left));
}

bool take_long(bytes_view& from, std::int64_t& into) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < from.size() && i < 10; ++i) {
    const auto octet = std::to_integer<std::uint64_t>(from[i]);
    value |= (octet & 0x7fU) << (7U * i);
    if (octet >= 0x80U) continue;
    into = static_cast<std::int64_t>((value >> 1U) ^ (~(value & 1U) + 1U));
    from = from.subspan(i + 1);
    return true;
  }
  return false;
}

void put_octets(bytes_view value, bytes& into) {
  put_long(static_cast<std::int64_t>(value.size()), into);
  into.insert(into.end(), value.begin(), value.end());
}

bool take_octets(bytes_view& from, bytes_view& into) {
  std::int64_t size = 0;
  if (!take_long(from, size) || size < 0 || static_cast<std::uint64_t>(size) > from.size()) return false;
  into = from.first(static_cast<std::size_t>(size));
  from = from.subspan(static_cast<std::size_t>(size));
  return true;
}

namespace detail {

unexpected<error> other_schema(std::string_view written, std::string_view read) {
  return user_error(errc::incompatible,
                    "it was written as " + std::string(written) + " and is read as " + std::string(read));
}

std::optional<std::string_view> between(std::string_view text, std::string_view prefix, std::string_view suffix) {
  if (text.size() < prefix.size() + suffix.size() || !text.starts_with(prefix) || !text.ends_with(suffix))
    return std::nullopt;
  text.remove_prefix(prefix.size());
  text.remove_suffix(suffix.size());
  return text;
}

std::string record_schema(const std::vector<std::string>& fields) {
  std::string out = R"({"type":"record","name":"state)" + std::to_string(fields.size()) + R"(","fields":[)";
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += R"({"name":"f)" + std::to_string(i) + R"(","type":)" + fields[i] + "}";
  }
  return out + "]}";
}

} // namespace detail
} // namespace cloudflow::stream
