#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/clock.hpp"
#include "cloudflow/base/error.hpp"

#include <bit>
#include <concepts>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// How a value of durable state becomes bytes and back: the customization point for types of one's own. The bytes are
/// Avro's binary encoding of `schema()`, so that tools can read them. Here for numbers, enums, texts, bytes, times,
/// `optional`, `vector`, `tuple` and `pair` of such; records that the schema generator made have theirs in room
/// `native`; for a struct of one's own one line does:
///     template <> struct cloudflow::stream::state_codec<total> : state_members<total, &total::sum, &total::count> {};
/// A specialisation has
///   - `static std::string schema()`: the Avro schema in JSON, without spaces, always the same text for the same form;
///   - `static void encode(const T&, bytes& into)`: appends;
///   - `decoder`: copyable, with `bool decode(bytes_view& from, T& into) const`, which takes what it read off `from`
///     and answers false if that is no such value;
///   - `static result<decoder> decoder_for(std::string_view written)`: reads what was written with another schema;
///     `incompatible` with the reason if that cannot be.
template <class T> struct state_codec;

template <class T>
concept storable = std::default_initializable<T> && requires(const T& value, T& into, bytes& out, bytes_view& from) {
  { state_codec<T>::schema() } -> std::convertible_to<std::string>;
  state_codec<T>::encode(value, out);
  { state_codec<T>::decoder_for(std::string_view()) } -> std::same_as<result<typename state_codec<T>::decoder>>;
  { std::declval<const typename state_codec<T>::decoder&>().decode(from, into) } -> std::same_as<bool>;
};

/// Avro's numbers.
CLOUDFLOW_API void put_long(std::int64_t value, bytes& into);
CLOUDFLOW_API bool take_long(bytes_view& from, std::int64_t& into);
CLOUDFLOW_API void put_octets(bytes_view value, bytes& into);
/// Borrows from `from`.
CLOUDFLOW_API bool take_octets(bytes_view& from, bytes_view& into);

namespace detail {

CLOUDFLOW_API unexpected<error> other_schema(std::string_view written, std::string_view read);
/// The text between a prefix and a suffix; nothing if it has others.
CLOUDFLOW_API std::optional<std::string_view> between(std::string_view text, std::string_view prefix,
                                                      std::string_view suffix);
CLOUDFLOW_API std::string record_schema(const std::vector<std::string>& fields);

/// For codecs that read only what has their own schema.
template <class T> struct fixed_codec {
  struct decoder {
    bool decode(bytes_view& from, T& into) const { return state_codec<T>::decode(from, into); }
  };
  static result<decoder> decoder_for(std::string_view written) {
    const auto own = state_codec<T>::schema();
    if (written == own) return decoder();
    return other_schema(written, own);
  }
};

/// Reads what its own codec wrote.
template <class T> const typename state_codec<T>::decoder& own_decoder() {
  static const auto made = *state_codec<T>::decoder_for(state_codec<T>::schema());
  return made;
}

template <class T>
concept whole_number = (std::integral<T> || std::is_enum_v<T>)&&!std::same_as<T, bool>;

template <std::size_t N> bool take_raw(bytes_view& from, void* into) {
  if (from.size() < N) return false;
  std::memcpy(into, from.data(), N);
  from = from.subspan(N);
  return true;
}
template <class T> void put_raw(const T& value, bytes& into) {
  static_assert(std::endian::native == std::endian::little);
  const auto* at = reinterpret_cast<const std::byte*>(&value);
  into.insert(into.end(), at, at + sizeof value);
}

} // namespace detail

template <detail::whole_number T> struct state_codec<T> {
  static std::string schema() {
    return sizeof(T) < 4 || (sizeof(T) == 4 && std::is_signed_v<T>) ? "\"int\"" : "\"long\"";
  }
  static void encode(T value, bytes& into) { put_long(static_cast<std::int64_t>(value), into); }
  struct decoder {
    bool decode(bytes_view& from, T& into) const {
      std::int64_t value = 0;
      if (!take_long(from, value)) return false;
      into = static_cast<T>(value);
      return true;
    }
  };
  /// An int is read as a long, too.
  static result<decoder> decoder_for(std::string_view written) {
    if (written == schema() || (written == "\"int\"" && sizeof(T) >= 4)) return decoder();
    return detail::other_schema(written, schema());
  }
};

template <> struct state_codec<bool> : detail::fixed_codec<bool> {
  static std::string schema() { return "\"boolean\""; }
  static void encode(bool value, bytes& into) { into.push_back(std::byte(value ? 1 : 0)); }
  static bool decode(bytes_view& from, bool& into) {
    if (from.empty()) return false;
    into = from.front() != std::byte(0);
    from = from.subspan(1);
    return true;
  }
};

template <std::floating_point T>
  requires(sizeof(T) <= 8)
struct state_codec<T> : detail::fixed_codec<T> {
  static std::string schema() { return sizeof(T) == 4 ? "\"float\"" : "\"double\""; }
  static void encode(T value, bytes& into) { detail::put_raw(value, into); }
  static bool decode(bytes_view& from, T& into) { return detail::take_raw<sizeof(T)>(from, &into); }
};

template <> struct state_codec<std::string> : detail::fixed_codec<std::string> {
  static std::string schema() { return "\"string\""; }
  static void encode(const std::string& value, bytes& into) { put_octets(as_bytes(value), into); }
  static bool decode(bytes_view& from, std::string& into) {
    bytes_view octets;
    if (!take_octets(from, octets)) return false;
    into.assign(as_text(octets));
    return true;
  }
};

template <> struct state_codec<bytes> : detail::fixed_codec<bytes> {
  static std::string schema() { return "\"bytes\""; }
  static void encode(const bytes& value, bytes& into) { put_octets(value, into); }
  static bool decode(bytes_view& from, bytes& into) {
    bytes_view octets;
    if (!take_octets(from, octets)) return false;
    into.assign(octets.begin(), octets.end());
    return true;
  }
};

template <> struct state_codec<timestamp> : detail::fixed_codec<timestamp> {
  static std::string schema() { return R"({"type":"long","logicalType":"timestamp-millis"})"; }
  static void encode(timestamp value, bytes& into) { put_long(value.time_since_epoch().count(), into); }
  static bool decode(bytes_view& from, timestamp& into) {
    std::int64_t value = 0;
    if (!take_long(from, value)) return false;
    into = timestamp(timestamp::duration(value));
    return true;
  }
};

template <storable T> struct state_codec<std::optional<T>> {
  static std::string schema() { return "[\"null\"," + state_codec<T>::schema() + "]"; }
  static void encode(const std::optional<T>& value, bytes& into) {
    put_long(value ? 1 : 0, into);
    if (value) state_codec<T>::encode(*value, into);
  }
  struct decoder {
    typename state_codec<T>::decoder inner;
    bool decode(bytes_view& from, std::optional<T>& into) const {
      std::int64_t branch = 0;
      if (!take_long(from, branch)) return false;
      into.reset();
      return branch == 0 || (branch == 1 && inner.decode(from, into.emplace()));
    }
  };
  static result<decoder> decoder_for(std::string_view written) {
    const auto inner = detail::between(written, "[\"null\",", "]");
    if (!inner) return detail::other_schema(written, schema());
    auto made = state_codec<T>::decoder_for(*inner);
    if (!made) return unexpected(made.error());
    return decoder{std::move(*made)};
  }
};

template <storable T>
  requires(!std::same_as<T, std::byte>)
struct state_codec<std::vector<T>> {
  static std::string schema() { return R"({"type":"array","items":)" + state_codec<T>::schema() + "}"; }
  static void encode(const std::vector<T>& values, bytes& into) {
    if (!values.empty()) put_long(static_cast<std::int64_t>(values.size()), into);
    for (const auto& value : values) state_codec<T>::encode(value, into);
    put_long(0, into);
  }
  struct decoder {
    typename state_codec<T>::decoder inner;
    bool decode(bytes_view& from, std::vector<T>& into) const {
      into.clear();
      for (;;) {
        std::int64_t count = 0;
        if (!take_long(from, count) || count < 0) return false;
        if (count == 0) return true;
        for (; count > 0; --count) {
          T value{};
          if (from.empty() || !inner.decode(from, value)) return false;
          into.push_back(std::move(value));
        }
      }
    }
  };
  static result<decoder> decoder_for(std::string_view written) {
    const auto inner = detail::between(written, R"({"type":"array","items":)", "}");
    if (!inner) return detail::other_schema(written, schema());
    auto made = state_codec<T>::decoder_for(*inner);
    if (!made) return unexpected(made.error());
    return decoder{std::move(*made)};
  }
};

template <storable... P> struct state_codec<std::tuple<P...>> : detail::fixed_codec<std::tuple<P...>> {
  static std::string schema() { return detail::record_schema({state_codec<P>::schema()...}); }
  static void encode(const std::tuple<P...>& value, bytes& into) {
    std::apply([&](const auto&... part) { (state_codec<P>::encode(part, into), ...); }, value);
  }
  static bool decode(bytes_view& from, std::tuple<P...>& into) {
    return std::apply([&](auto&... part) { return (... && detail::own_decoder<P>().decode(from, part)); }, into);
  }
};

/// The codec of a struct that is the sum of these members, in this order.
template <class T, auto... Members> struct state_members : detail::fixed_codec<T> {
  template <auto M> using of = std::remove_cvref_t<decltype(std::declval<T&>().*M)>;
  static std::string schema() { return detail::record_schema({state_codec<of<Members>>::schema()...}); }
  static void encode(const T& value, bytes& into) { (state_codec<of<Members>>::encode(value.*Members, into), ...); }
  static bool decode(bytes_view& from, T& into) {
    return (... && detail::own_decoder<of<Members>>().decode(from, into.*Members));
  }
};

template <storable A, storable B>
struct state_codec<std::pair<A, B>>
    : state_members<std::pair<A, B>, &std::pair<A, B>::first, &std::pair<A, B>::second> {};

} // namespace cloudflow::stream
