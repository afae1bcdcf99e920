#include "cloudflow/schema/schema_cache.hpp"

namespace cloudflow::schema {

result<void> schema_cache::add(const schema_definition& schema) {
  const std::scoped_lock guard(lock_);
  const auto found = known_.find(schema.ids.crc64);
  if (found != known_.end()) {
    if (found->second.ids == schema.ids) return {};
    return user_error(errc::conflict, "the schemas " + found->second.name + " and " + schema.name +
                                          " have the same 64-bit fingerprint but differ");
  }
  if (known_.size() >= max_schemas) return user_error(errc::limit_exceeded, "more than 10,000 writers' schemas");
  known_.emplace(schema.ids.crc64, schema);
  return {};
}

std::optional<schema_definition> schema_cache::find(std::uint64_t crc64) const {
  const std::scoped_lock guard(lock_);
  const auto found = known_.find(crc64);
  if (found == known_.end()) return std::nullopt;
  return found->second;
}

bytes fingerprint_bytes(std::uint64_t crc64) {
  bytes out(8);
  for (int i = 0; i < 8; ++i) out[static_cast<std::size_t>(i)] = static_cast<std::byte>(crc64 >> (8 * i));
  return out;
}

std::optional<std::uint64_t> fingerprint_of(bytes_view header) {
  if (header.size() != 8) return std::nullopt;
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < 8; ++i) out |= static_cast<std::uint64_t>(header[i]) << (8 * i);
  return out;
}

} // namespace cloudflow::schema
