#pragma once

#include "cloudflow/stream/state/keyed_state.hpp"

#include <map>

namespace cloudflow::stream {

/// An ordered map per key, each entry durable for itself: `map_state<std::string, int> per_host{"per-host"};`.
/// Confined to its island.
template <class K, class V> class map_state final : public keyed_state {
  struct entry {
    V value{};
    bool dirty = false;
    bool stored = false; ///< the table knows it
  };
  using entries = std::map<K, entry>;
  static constexpr bool can_last = storable<K> && storable<V>;

  std::vector<entries> maps_;
  std::vector<std::pair<std::uint32_t, K>> dirty_;
  std::vector<std::function<bool(bytes_view&, V&)>> decoders_;

public:
  explicit map_state(std::string name)
      : keyed_state(std::move(name)) {}
  map_state(const map_state& other)
      : keyed_state(other) {}
  map_state& operator=(const map_state&) = delete;

  /// Null if there is none.
  [[nodiscard]] const V* find(const K& key) const {
    const auto row = rows().current();
    if (row >= maps_.size()) return nullptr;
    const auto found = maps_[row].find(key);
    return found == maps_[row].end() ? nullptr : &found->second.value;
  }
  [[nodiscard]] bool contains(const K& key) const { return find(key) != nullptr; }
  void set(const K& key, V value) { modify(key) = std::move(value); }
  /// The value to change in place, made by `V()` if there was none. Valid until the next call.
  [[nodiscard]] V& modify(const K& key) {
    const auto row = rows().current();
    auto& map = at(row);
    if (map.empty()) rows_->use(row);
    auto& e = map[key];
    if (durable() && !std::exchange(e.dirty, true)) {
      dirty_.emplace_back(row, key);
      rows_->dirty += sizeof(K) + sizeof(entry) + 48;
    }
    return e.value;
  }
  void erase(const K& key) {
    const auto row = rows().current();
    if (row >= maps_.size()) return;
    const auto found = maps_[row].find(key);
    if (found == maps_[row].end()) return;
    forget(row, *found);
    maps_[row].erase(found);
    if (maps_[row].empty()) rows_->unuse(row);
  }
  [[nodiscard]] std::size_t size() const {
    const auto row = rows().current();
    return row < maps_.size() ? maps_[row].size() : 0;
  }
  /// Calls `f(key, value)` for each entry, in order; changes nothing meanwhile.
  template <class F> void each(F&& f) const {
    const auto row = rows().current();
    if (row >= maps_.size()) return;
    for (const auto& [key, e] : maps_[row]) f(key, e.value);
  }
  /// The same for keys in [from, to).
  template <class F> void each_between(const K& from, const K& to, F&& f) const {
    const auto row = rows().current();
    if (row >= maps_.size()) return;
    const auto& map = maps_[row];
    for (auto at = map.lower_bound(from); at != map.end() && at->first < to; ++at) f(at->first, at->second.value);
  }
  /// Erases all keys below `bound`.
  void erase_before(const K& bound) {
    const auto row = rows().current();
    if (row >= maps_.size() || maps_[row].empty()) return;
    auto& map = maps_[row];
    while (!map.empty() && map.begin()->first < bound) {
      forget(row, *map.begin());
      map.erase(map.begin());
    }
    if (map.empty()) rows_->unuse(row);
  }
  void clear() { drop(rows().current()); }

  void clear_all() override {
    for (std::uint32_t row = 0; row < maps_.size(); ++row) drop(row);
  }

protected:
  [[nodiscard]] std::string value_schema() const override {
    if constexpr (can_last)
      return state_codec<V>::schema();
    else
      return {};
  }
  [[nodiscard]] std::string key_schema_behind(std::string row_key) const override {
    if constexpr (can_last)
      return detail::record_schema({std::move(row_key), state_codec<K>::schema()});
    else
      return row_key;
  }
  result<void> add_decoder(std::string_view written) override {
    if constexpr (can_last) {
      auto made = state_codec<V>::decoder_for(written);
      if (!made) return unexpected(made.error());
      decoders_.push_back([read = std::move(*made)](bytes_view& from, V& into) { return read.decode(from, into); });
    }
    return {};
  }
  bool restore_entry(std::uint32_t row, bytes_view key, bytes_view value, std::size_t schema) override {
    if constexpr (can_last) {
      K read{};
      if (schema >= decoders_.size() || !detail::own_decoder<K>().decode(key, read)) return false;
      auto& map = at(row);
      if (map.empty()) rows_->use(row);
      auto& e = map[read];
      e.stored = true;
      return decoders_[schema](value, e.value);
    }
    return true;
  }
  void put_dirty() override {
    if constexpr (can_last) {
      bytes key;
      bytes value;
      for (const auto& [row, map_key] : dirty_) {
        const auto found = maps_[row].find(map_key);
        if (found == maps_[row].end() || !std::exchange(found->second.dirty, false)) continue;
        key.clear();
        value.clear();
        encode_key(row, map_key, key);
        begin_value(value);
        state_codec<V>::encode(found->second.value, value);
        changes_.put(key, value);
        found->second.stored = true;
      }
      dirty_.clear();
    }
  }

private:
  entries& at(std::uint32_t row) {
    if (row >= maps_.size()) maps_.resize(rows_->bound());
    return maps_[row];
  }
  void encode_key(std::uint32_t row, const K& map_key, bytes& into) const {
    rows_->append_key(row, into);
    if constexpr (can_last) state_codec<K>::encode(map_key, into);
  }
  void forget(std::uint32_t row, const std::pair<const K, entry>& gone) {
    if (!gone.second.stored) return;
    bytes key;
    encode_key(row, gone.first, key);
    changes_.remove(key);
    rows_->dirty += key.size() + 16;
  }
  void drop(std::uint32_t row) {
    if (row >= maps_.size() || maps_[row].empty()) return;
    for (const auto& each : maps_[row]) forget(row, each);
    maps_[row].clear();
    rows_->unuse(row);
  }
};

} // namespace cloudflow::stream
