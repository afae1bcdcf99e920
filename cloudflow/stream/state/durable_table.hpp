#pragma once

#include "cloudflow/stream/state/state_codec.hpp"
#include "cloudflow/stream/state/state_port.hpp"

#include <functional>
#include <memory>
#include <string>

namespace cloudflow::stream {

/// What `durable_table` does without knowing its types. Confined to its island.
class CLOUDFLOW_API durable_bytes {
  std::unique_ptr<state_table_port> port_;
  std::string name_;
  std::uint32_t schema_number_ = 0;

protected:
  store::write_batch changes_;
  bytes key_;
  bytes value_;

  /// `add_decoder(written)` per schema, then `read(key, value, schema)` per entry, which is false for a corrupt one.
  result<void> open(task_state& task, const table_spec& spec,
                    const std::function<result<void>(std::string_view)>& add_decoder,
                    const std::function<bool(bytes_view, bytes_view, std::size_t)>& read);
  void begin_value() {
    value_.clear();
    put_long(schema_number_, value_);
  }

public:
  [[nodiscard]] bool is_open() const { return port_ != nullptr; }
  /// Hands the changes since the last seal to commit `n`.
  void seal(commit_id n);
  [[nodiscard]] std::size_t dirty_bytes() const { return changes_.size_bytes(); }
};

/// The durable side of an operator that keeps its values elsewhere: entries are restored once, changes are encoded as
/// they are told and sealed together. Confined to its island.
template <storable K, storable V> class durable_table : public durable_bytes {
public:
  /// Calls `restored(K&&, V&&)` for every committed entry.
  template <class F> result<void> open(task_state& task, std::string name, F&& restored) {
    std::vector<typename state_codec<V>::decoder> decoders;
    return durable_bytes::open(
        task, {std::move(name), state_codec<K>::schema(), state_codec<V>::schema()},
        [&](std::string_view written) -> result<void> {
          auto made = state_codec<V>::decoder_for(written);
          if (!made) return unexpected(made.error());
          decoders.push_back(std::move(*made));
          return {};
        },
        [&](bytes_view key_bytes, bytes_view value_bytes, std::size_t schema) {
          K key{};
          V value{};
          if (schema >= decoders.size() || !detail::own_decoder<K>().decode(key_bytes, key) ||
              !decoders[schema].decode(value_bytes, value))
            return false;
          restored(std::move(key), std::move(value));
          return true;
        });
  }
  void put(const K& key, const V& value) {
    key_.clear();
    state_codec<K>::encode(key, key_);
    begin_value();
    state_codec<V>::encode(value, value_);
    changes_.put(key_, value_);
  }
  void erase(const K& key) {
    key_.clear();
    state_codec<K>::encode(key, key_);
    changes_.remove(key_);
  }
};

} // namespace cloudflow::stream
