#pragma once

#include "cloudflow/schema/generated.hpp"
#include "cloudflow/stream/state/state_codec.hpp"

#include <concepts>
#include <memory>
#include <string>
#include <string_view>

namespace cloudflow::native {

/// A record that the schema generator made.
template <class T>
concept generated_record = requires { typename schema::codec<T>::view; } &&
                           std::derived_from<schema::codec<T>, schema::avro_codec<T, typename schema::codec<T>::view>>;

} // namespace cloudflow::native

namespace cloudflow::stream {

/// Generated records are durable state as they are: `value_state<reading> last{"last"}`. State that was written with
/// another version of the schema is read by Avro's resolution; where that cannot be, the task fails with the reason.
template <native::generated_record T> struct state_codec<T> {
  static std::string schema() { return ::cloudflow::schema::codec<T>::definition().text; }
  static void encode(const T& value, bytes& into) { ::cloudflow::schema::codec<T>::encode(value, into); }

  class decoder {
    std::shared_ptr<const ::cloudflow::schema::resolution_plan> plan_; // owners: the copies; null = the same schema

  public:
    explicit decoder(std::shared_ptr<const ::cloudflow::schema::resolution_plan> plan)
        : plan_(std::move(plan)) {}
    bool decode(bytes_view& from, T& into) const {
      using record = ::cloudflow::schema::wire::record<T>;
      ::cloudflow::schema::binary_reader in(from);
      if (!(plan_ == nullptr ? record::read(in, into) : record::read(in, *plan_->root, into))) return false;
      from = from.subspan(in.position());
      return true;
    }
  };
  static result<decoder> decoder_for(std::string_view written) {
    const auto& own = ::cloudflow::schema::codec<T>::definition();
    auto plan = ::cloudflow::schema::plan_for({own.name, own.format, std::string(written), {}}, own);
    if (!plan) return unexpected(std::move(plan).error());
    return decoder(std::move(*plan));
  }
};

} // namespace cloudflow::stream
