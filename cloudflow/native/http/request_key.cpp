#include "cloudflow/native/http/request_key.hpp"

namespace cloudflow::native {

request_key request_key_of(const http::header_list& headers) {
  const auto* value = headers.find(idempotency_header);
  if (value == nullptr) return {};
  if (headers.count(idempotency_header) > 1) return {{}, "exactly one Idempotency-Key is wanted"};
  if (value->empty()) return {{}, "the Idempotency-Key is empty"};
  if (value->size() > longest_idempotency_key)
    return {{}, "the Idempotency-Key is longer than " + std::to_string(longest_idempotency_key) + " bytes"};
  return {*value, {}};
}

} // namespace cloudflow::native
