#pragma once

#include "cloudflow/stream/state/keyed_state.hpp"

#include <span>

namespace cloudflow::stream {

/// A list per key, each element durable for itself, so that a commit writes only what was appended:
/// `list_state<std::string> hosts{"hosts"};`. Confined to its island.
template <class V> class list_state final : public keyed_state {
  struct list {
    std::vector<V> values;
    std::size_t stored = 0; ///< the table knows so many, from the front
    bool dirty = false;
  };

  std::vector<list> lists_;
  std::vector<std::uint32_t> dirty_;
  std::vector<std::function<bool(bytes_view&, V&)>> decoders_;

public:
  explicit list_state(std::string name)
      : keyed_state(std::move(name)) {}
  list_state(const list_state& other)
      : keyed_state(other) {}
  list_state& operator=(const list_state&) = delete;

  /// Valid until the next change.
  [[nodiscard]] std::span<const V> values() const {
    const auto row = rows().current();
    return row < lists_.size() ? std::span<const V>(lists_[row].values) : std::span<const V>();
  }
  [[nodiscard]] std::size_t size() const { return values().size(); }
  [[nodiscard]] bool empty() const { return values().empty(); }
  void push(V value) {
    const auto row = rows().current();
    auto& l = at(row);
    if (l.values.empty()) rows_->use(row);
    l.values.push_back(std::move(value));
    if (!durable()) return;
    rows_->dirty += sizeof(V) + 32;
    if (!std::exchange(l.dirty, true)) dirty_.push_back(row);
  }
  void clear() { drop(rows().current()); }

  void clear_all() override {
    for (std::uint32_t row = 0; row < lists_.size(); ++row) drop(row);
  }

protected:
  [[nodiscard]] std::string value_schema() const override {
    if constexpr (storable<V>)
      return state_codec<V>::schema();
    else
      return {};
  }
  [[nodiscard]] std::string key_schema_behind(std::string row_key) const override {
    return detail::record_schema({std::move(row_key), "\"long\""});
  }
  result<void> add_decoder(std::string_view written) override {
    if constexpr (storable<V>) {
      auto made = state_codec<V>::decoder_for(written);
      if (!made) return unexpected(made.error());
      decoders_.push_back([read = std::move(*made)](bytes_view& from, V& into) { return read.decode(from, into); });
    }
    return {};
  }
  bool restore_entry(std::uint32_t row, bytes_view key, bytes_view value, std::size_t schema) override {
    if constexpr (storable<V>) {
      std::int64_t index = 0;
      if (schema >= decoders_.size() || !take_long(key, index) || index < 0 || index >= longest) return false;
      auto& l = at(row);
      if (l.values.empty()) rows_->use(row);
      if (static_cast<std::size_t>(index) >= l.values.size()) l.values.resize(static_cast<std::size_t>(index) + 1);
      l.stored = l.values.size();
      return decoders_[schema](value, l.values[static_cast<std::size_t>(index)]);
    }
    return true;
  }
  void put_dirty() override {
    if constexpr (storable<V>) {
      bytes key;
      bytes value;
      for (const auto row : dirty_) {
        auto& l = lists_[row];
        if (!std::exchange(l.dirty, false)) continue;
        for (; l.stored < l.values.size(); ++l.stored) {
          key.clear();
          value.clear();
          encode_key(row, l.stored, key);
          begin_value(value);
          state_codec<V>::encode(l.values[l.stored], value);
          changes_.put(key, value);
        }
      }
      dirty_.clear();
    }
  }

private:
  static constexpr std::int64_t longest = std::int64_t{1} << 32U;

  list& at(std::uint32_t row) {
    if (row >= lists_.size()) lists_.resize(rows_->bound());
    return lists_[row];
  }
  void encode_key(std::uint32_t row, std::size_t index, bytes& into) const {
    rows_->append_key(row, into);
    put_long(static_cast<std::int64_t>(index), into);
  }
  void drop(std::uint32_t row) {
    if (row >= lists_.size() || lists_[row].values.empty()) return;
    auto& l = lists_[row];
    bytes key;
    for (std::size_t i = 0; i < l.stored; ++i) {
      key.clear();
      encode_key(row, i, key);
      changes_.remove(key);
      rows_->dirty += key.size() + 16;
    }
    l.values.clear();
    l.stored = 0;
    rows_->unuse(row);
  }
};

} // namespace cloudflow::stream
