#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/testkit/stream/probe.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace cloudflow::testkit::detail {

/// The values of a topic as records; `where` names it in the complaint that something is none.
template <schema::record T>
[[nodiscard]] std::vector<T> decoded_records(const std::vector<bytes>& values, std::string_view where) {
  std::vector<T> out;
  const auto decoder = schema::codec<T>::decoder_for(schema::codec<T>::definition());
  for (const auto& value : values)
    if (!decoder || !decoder->decode(value, out.emplace_back()))
      throw expectation_failed("'" + std::string(where) + "' holds what is no '" + schema::codec<T>::definition().name +
                               "'");
  return out;
}

} // namespace cloudflow::testkit::detail
