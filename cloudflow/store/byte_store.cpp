#include "cloudflow/store/byte_store.hpp"

namespace cloudflow::store {

key_range keys_with_prefix(bytes_view prefix) {
  key_range range{bytes(prefix.begin(), prefix.end()), std::nullopt};
  bytes last = range.first;
  while (!last.empty() && last.back() == std::byte{0xff}) last.pop_back();
  if (!last.empty()) {
    last.back() = static_cast<std::byte>(std::to_integer<unsigned>(last.back()) + 1);
    range.last = std::move(last);
  }
  return range;
}

void write_batch::append(bytes_view key, std::uint64_t value_length, bytes_view value) {
  const std::uint64_t lengths[2] = {key.size(), value_length};
  const auto* head = reinterpret_cast<const std::byte*>(lengths);
  encoded_.insert(encoded_.end(), head, head + sizeof lengths);
  encoded_.insert(encoded_.end(), key.begin(), key.end());
  encoded_.insert(encoded_.end(), value.begin(), value.end());
  ++count_;
}

write_batch& write_batch::put(bytes_view key, bytes_view value) {
  append(key, value.size(), value);
  return *this;
}

write_batch& write_batch::remove(bytes_view key) {
  append(key, removal, {});
  return *this;
}

} // namespace cloudflow::store
