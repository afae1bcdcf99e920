#include "cloudflow/log/headers.hpp"

#include "cloudflow/base/assert.hpp"

namespace cloudflow::log {

std::optional<bytes_view> header_list::find(std::string_view name) const {
  std::optional<bytes_view> found;
  for (const header h : *this)
    if (h.name == name) found = h.value;
  return found;
}

header_buffer& header_buffer::add(std::string_view name, bytes_view value) {
  CLOUDFLOW_ASSERT(name.size() <= 0xffff'ffffU && value.size() <= 0xffff'ffffU, "a header is larger than 4 GiB");
  const std::uint32_t lengths[2] = {static_cast<std::uint32_t>(name.size()), static_cast<std::uint32_t>(value.size())};
  const auto at = encoded_.size();
  encoded_.resize(at + 8 + name.size() + value.size());
  std::memcpy(encoded_.data() + at, lengths, 8);
  if (!name.empty()) std::memcpy(encoded_.data() + at + 8, name.data(), name.size());
  if (!value.empty()) std::memcpy(encoded_.data() + at + 8 + name.size(), value.data(), value.size());
  return *this;
}

} // namespace cloudflow::log
