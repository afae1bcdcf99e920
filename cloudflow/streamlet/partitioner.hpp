#pragma once

#include "cloudflow/schema/codec.hpp"
#include "cloudflow/streamlet/descriptor.hpp"

#include <charconv>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace cloudflow::streamlet {

namespace detail {

template <class V> inline constexpr bool is_time_point = false;
template <class C, class D> inline constexpr bool is_time_point<std::chrono::time_point<C, D>> = true;

/// Appends one part of a key. Between parts stands '|'; one within a part is escaped, so different parts never give the
/// same key.
inline void append_key_part(std::string& key, std::string_view part, bool alone) {
  if (alone) {
    key.append(part);
    return;
  }
  for (char c : part) {
    if (c == '|' || c == '\\') key += '\\';
    key += c;
  }
}

template <class V> void append_key_value(std::string& key, const V& value, bool alone) {
  if constexpr (std::is_convertible_v<const V&, std::string_view>) {
    append_key_part(key, value, alone);
  } else if constexpr (std::is_same_v<V, bool>) {
    key += value ? "true" : "false";
  } else if constexpr (std::is_integral_v<V>) {
    char digits[24];
    key.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  } else if constexpr (std::is_enum_v<V>) {
    append_key_value(key, static_cast<std::int64_t>(value), alone);
  } else if constexpr (is_time_point<V>) {
    append_key_value(key, value.time_since_epoch().count(), alone);
  } else {
    static_assert(std::is_convertible_v<const V&, std::string_view>,
                  "a partitioner's member must be a string, an integer, a boolean, an enumeration or a time; for "
                  "others use partition_by with a lambda that returns std::string");
  }
}

} // namespace detail

/// How records of an outlet spread over partitions: the string that becomes the record's key (UTF-8), hashed as Kafka
/// does. Immutable; callable from the outlet's island. No partitioner: records spread evenly and have no key.
template <class T> class partitioner {
  std::function<void(const T&, std::string&)> append_;
  key_descriptor descriptor_{};

public:
  partitioner() = default;
  partitioner(std::function<void(const T&, std::string&)> append, key_descriptor descriptor)
      : append_(std::move(append))
      , descriptor_(std::move(descriptor)) {}

  /// True if records get a key at all.
  explicit operator bool() const { return static_cast<bool>(append_); }
  /// Appends the key of `record` to `key`.
  void append_key(const T& record, std::string& key) const { append_(record, key); }
  [[nodiscard]] const key_descriptor& descriptor() const { return descriptor_; }
};

/// By one or several members: stands in the descriptor, so `cloudflow verify` can hold it against the readers' keys.
template <class T, class M, class... Ms>
partitioner<T> partition_by(M T::*first, Ms T::*... more)
  requires(std::is_member_object_pointer_v<M T::*>)
{
  key_descriptor descriptor{
      key_descriptor::kind::fields,
      {std::string(schema::codec<T>::field_name(first)), std::string(schema::codec<T>::field_name(more))...}};
  constexpr bool alone = sizeof...(Ms) == 0;
  return {[=](const T& record, std::string& key) {
            detail::append_key_value(key, record.*first, alone);
            ((key += '|', detail::append_key_value(key, record.*more, alone)), ...);
          },
          std::move(descriptor)};
}

/// By a function from the record to a string: `partition_by<reading>([](const reading& r) { return r.src; })`. What it
/// reads is not known to `verify`; the run checks it.
template <class T, class F>
  requires(std::is_invocable_v<F, const T&> && !std::is_member_object_pointer_v<std::remove_cvref_t<F>>)
partitioner<T> partition_by(F f) {
  static_assert(std::is_convertible_v<std::invoke_result_t<F, const T&>, std::string_view>,
                "a partitioner returns the key as a string");
  return {[f = std::move(f)](const T& record, std::string& key) { key.append(std::string_view(f(record))); },
          key_descriptor{key_descriptor::kind::opaque, {}}};
}

} // namespace cloudflow::streamlet
