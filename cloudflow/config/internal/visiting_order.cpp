#include "cloudflow/config/internal/visiting_order.hpp"

#include <algorithm>
#include <string_view>

namespace cloudflow::config::detail {

namespace {

std::uint32_t java_hash(std::string_view text) {
  std::uint32_t h = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto b = static_cast<unsigned char>(text[i]);
    std::uint32_t c = b;
    std::size_t size = 1;
    if (b >= 0xF0) {
      size = 4;
      c = b & 0x07;
    } else if (b >= 0xE0) {
      size = 3;
      c = b & 0x0F;
    } else if (b >= 0xC0) {
      size = 2;
      c = b & 0x1F;
    }
    for (std::size_t k = 1; k < size && i + k < text.size(); ++k) {
      c = c << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3F);
    }
    i += size;
    if (c >= 0x10000) {
      h = h * 31 + (0xD800 + ((c - 0x10000) >> 10));
      c = 0xDC00 + ((c - 0x10000) & 0x3FF);
    }
    h = h * 31 + c;
  }
  return h ^ (h >> 16);
}

} // namespace

std::vector<std::uint32_t> visiting_order(const node& n) {
  std::vector<std::uint32_t> order(n.count);
  for (std::uint32_t i = 0; i < n.count; ++i) order[i] = i;
  if (n.unresolved < 2) return order;
  std::uint32_t buckets = 16;
  while (n.count > buckets / 4 * 3) buckets *= 2;
  std::vector<std::uint32_t> slot(n.count);
  for (std::uint32_t i = 0; i < n.count; ++i) slot[i] = java_hash(n.keys->at(i).name) & (buckets - 1);
  std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return slot[a] < slot[b]; });
  return order;
}

} // namespace cloudflow::config::detail
