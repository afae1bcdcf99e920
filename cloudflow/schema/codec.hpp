#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/schema/definition.hpp"
#include "cloudflow/schema/encode_buffer.hpp"

#include <concepts>
#include <memory>
#include <string_view>
#include <type_traits>

namespace cloudflow::schema {

/// How a C++ type becomes bytes and back: the customization point of every port. The generator specialises it for the
/// records of a schema; this room does for `cloudflow::bytes`; a Protobuf room can for its messages. Framing (headers,
/// the Confluent prefix) is not the codec's business. A specialisation has
///   - `static const schema_definition& definition()`;
///   - `static void encode(const T&, bytes& out)` appends; generated code does the same for an `encode_buffer`, which
///   is faster;
///   - `decoder`: a copyable, thread-safe object with `result<void> decode(bytes_view, T& into) const`, which
///   overwrites
///     `into` and reuses its room; after an error `into` holds some mixture and may be used again;
///   - `static result<decoder> decoder_for(const schema_definition& writer)`; `incompatible` with the reason;
///   - `static std::string_view field_name(M T::*)`: the field's name in the schema, empty if it is none.
template <class T> struct codec;

/// A type that can be a port's record.
template <class T>
concept record = requires(const T& value, T& into, bytes& out, bytes_view data, const schema_definition& writer) {
  { codec<T>::definition() } -> std::convertible_to<const schema_definition&>;
  { codec<T>::encode(value, out) } -> std::same_as<void>;
  { codec<T>::decoder_for(writer) } -> std::same_as<result<typename codec<T>::decoder>>;
  { std::declval<const typename codec<T>::decoder&>().decode(data, into) } -> std::same_as<result<void>>;
};

/// True if both point at the same member; false if their types differ.
template <class T, class A, class B> constexpr bool same_member(A T::*a, B T::*b) {
  if constexpr (std::same_as<A, B>) {
    return a == b;
  } else {
    return false;
  }
}

/// Raw bytes: a port of format "bytes" has no schema and takes what it gets.
template <> struct codec<bytes> {
  static CLOUDFLOW_API const schema_definition& definition();
  static void encode(const bytes& value, bytes& out) { out.insert(out.end(), value.begin(), value.end()); }
  static void encode(const bytes& value, encode_buffer& out) {
    auto* at = out.reserve(value.size());
    if (!value.empty()) std::memcpy(at, value.data(), value.size());
    out.commit(at + value.size());
  }
  class decoder {
  public:
    result<void> decode(bytes_view data, bytes& into) const {
      into.assign(data.begin(), data.end());
      return {};
    }
    [[nodiscard]] bool direct() const { return true; }
  };
  static CLOUDFLOW_API result<decoder> decoder_for(const schema_definition& writer);
};

} // namespace cloudflow::schema
