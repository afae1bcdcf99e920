#pragma once

#include "cloudflow/base/clock.hpp"
#include "cloudflow/schema/codec.hpp"
#include "cloudflow/schema/wire.hpp"

#include <memory>

namespace cloudflow::schema {

/// The plan from a writer's schema to a reader's; nullptr if both have one canonical form, so that none is needed.
/// Errors: `parse_error` for a writer that is no schema, `incompatible` with path and reason.
CLOUDFLOW_API result<std::shared_ptr<const resolution_plan>> plan_for(const schema_definition& writer,
                                                                      const schema_definition& reader);

/// Decodes records of one writer's schema: directly, or by a plan that was compiled once. Copyable, thread-safe.
template <class T> class avro_decoder {
  std::shared_ptr<const resolution_plan> plan_; // owners: this decoder and its copies; null = direct

public:
  explicit avro_decoder(std::shared_ptr<const resolution_plan> plan)
      : plan_(std::move(plan)) {}

  [[nodiscard]] bool direct() const { return plan_ == nullptr; }

  /// `into` may be the record, or its borrowed form: valid while the bytes and this decoder live. All bytes must be
  /// used.
  template <class Out> result<void> decode(bytes_view data, Out& into) const {
    static_assert(std::same_as<Out, T> || std::same_as<Out, typename codec<T>::view>,
                  "decode() fills the record or its borrowed form");
    binary_reader in(data);
    const bool read =
        plan_ == nullptr ? wire::record<T>::read(in, into) : wire::record<T>::read(in, *plan_->root, into);
    if (read && (in.at_end() || in.fail(decode_fault::trailing))) [[likely]]
      return {};
    return unexpected(decode_error(in, codec<T>::definition().name));
  }
};

/// What the codecs of generated records share.
template <class T, class View> struct avro_codec {
  using record_type = T;
  using view = View;
  using decoder = avro_decoder<T>;

  /// `value`: the record or its borrowed form.
  template <class In> static void encode(const In& value, encode_buffer& out) {
    out.commit(wire::record<T>::write(out.reserve(wire::record<T>::bound(value)), value));
  }
  template <class In> static void encode(const In& value, bytes& out) {
    const auto most = wire::record<T>::bound(value);
    const auto before = out.size();
    if (most <= 512) [[likely]] {
      std::byte room[512];
      out.insert(out.end(), room, wire::record<T>::write(room, value));
    } else {
      out.resize(before + most);
      out.resize(static_cast<std::size_t>(wire::record<T>::write(out.data() + before, value) - out.data()));
    }
  }
  static result<decoder> decoder_for(const schema_definition& writer) {
    auto plan = plan_for(writer, codec<T>::definition());
    if (!plan) return unexpected(std::move(plan).error());
    return decoder(std::move(*plan));
  }
};

} // namespace cloudflow::schema
