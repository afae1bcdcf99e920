#pragma once

#include "cloudflow/stream/state/keyed_state.hpp"

#include <deque>

namespace cloudflow::stream {

/// One value per key: `value_state<std::int64_t> logins{"logins"};`. Absent until it is set. Confined to its island.
template <class V> class value_state final : public keyed_state {
  struct cell {
    std::optional<V> value;
    std::int64_t until = forever;
    bool dirty = false;
    bool stored = false; ///< the table knows it
    bool watched = false;
  };
  static constexpr std::int64_t forever = timestamp::max().time_since_epoch().count();
  static constexpr std::string_view until_begin =
      R"({"type":"record","name":"expiring","fields":[{"name":"until","type":"long"},{"name":"value","type":)";
  static constexpr std::string_view until_end = "}]}";

  state_options options_;
  std::vector<cell> cells_;
  std::vector<std::uint32_t> dirty_;
  std::deque<std::pair<std::int64_t, std::uint32_t>> due_; ///< of values with a time to live, roughly in order
  std::vector<std::function<bool(bytes_view&, V&)>> decoders_;

public:
  explicit value_state(std::string name, state_options options = {})
      : keyed_state(std::move(name))
      , options_(options) {}
  value_state(const value_state& other)
      : keyed_state(other)
      , options_(other.options_) {}
  value_state& operator=(const value_state&) = delete;

  /// Null if there is none.
  [[nodiscard]] const V* find() const {
    const auto row = rows().current();
    if (row >= cells_.size()) return nullptr;
    const auto& c = cells_[row];
    return c.value && c.until > now() ? &*c.value : nullptr;
  }
  [[nodiscard]] bool has_value() const { return find() != nullptr; }
  [[nodiscard]] V value_or(V otherwise) const {
    const auto* found = find();
    return found != nullptr ? *found : std::move(otherwise);
  }
  void set(V value) { touch().value = std::move(value); }
  /// The value to change in place, made by `V()` if there was none. Valid until the next call.
  [[nodiscard]] V& modify()
    requires std::default_initializable<V>
  {
    auto& c = touch();
    if (!c.value) c.value.emplace();
    return *c.value;
  }
  void clear() {
    const auto row = rows().current();
    if (row < cells_.size()) drop(row);
  }

  std::size_t expire() override {
    std::size_t gone = 0;
    while (!due_.empty() && due_.front().first <= now()) {
      const auto row = due_.front().second;
      due_.pop_front();
      auto& c = cells_[row];
      c.watched = false;
      if (!c.value) continue;
      if (c.until > now()) {
        watch(row);
        continue;
      }
      drop(row);
      ++gone;
    }
    return gone;
  }
  void clear_all() override {
    for (std::uint32_t row = 0; row < cells_.size(); ++row) drop(row);
  }

protected:
  [[nodiscard]] std::string value_schema() const override {
    if constexpr (storable<V>) {
      if (options_.ttl.count() == 0) return state_codec<V>::schema();
      return std::string(until_begin) + state_codec<V>::schema() + std::string(until_end);
    } else {
      return {};
    }
  }
  result<void> add_decoder(std::string_view written) override {
    if constexpr (storable<V>) {
      const auto inner = detail::between(written, until_begin, until_end);
      auto made = state_codec<V>::decoder_for(inner.value_or(written));
      if (!made) return unexpected(made.error());
      decoders_.push_back([with_until = inner.has_value(), read = std::move(*made), this](bytes_view& from, V& into) {
        restored_until_ = forever;
        return (!with_until || take_long(from, restored_until_)) && read.decode(from, into);
      });
    }
    return {};
  }
  bool restore_entry(std::uint32_t row, bytes_view, bytes_view value, std::size_t schema) override {
    if constexpr (storable<V>) {
      V read{};
      if (schema >= decoders_.size() || !decoders_[schema](value, read)) return false;
      auto& c = at(row);
      c.value = std::move(read);
      c.stored = true;
      rows_->use(row);
      if (options_.ttl.count() != 0) {
        c.until = restored_until_ == forever ? now() + options_.ttl.count() : restored_until_;
        watch(row);
      }
    }
    return true;
  }
  void put_dirty() override {
    if constexpr (storable<V>) {
      bytes key;
      bytes value;
      for (const auto row : dirty_) {
        auto& c = cells_[row];
        if (!std::exchange(c.dirty, false) || !c.value) continue;
        key.clear();
        value.clear();
        rows_->append_key(row, key);
        begin_value(value);
        if (options_.ttl.count() != 0) put_long(c.until, value);
        state_codec<V>::encode(*c.value, value);
        changes_.put(key, value);
        c.stored = true;
      }
      dirty_.clear();
    }
  }

private:
  std::int64_t restored_until_ = forever;

  [[nodiscard]] std::int64_t now() const { return rows_->now.time_since_epoch().count(); }
  cell& at(std::uint32_t row) {
    if (row >= cells_.size()) cells_.resize(rows_->bound());
    return cells_[row];
  }
  void watch(std::uint32_t row) {
    auto& c = cells_[row];
    if (!std::exchange(c.watched, true)) due_.emplace_back(c.until, row);
  }
  /// The cell of the key at hand, about to be written.
  cell& touch() {
    const auto row = rows().current();
    auto& c = at(row);
    if (!c.value)
      rows_->use(row);
    else if (c.until <= now())
      c.value.reset(); // in use already
    if (options_.ttl.count() != 0) {
      c.until = now() + options_.ttl.count();
      watch(row);
    }
    if (durable() && !std::exchange(c.dirty, true)) {
      dirty_.push_back(row);
      rows_->dirty += sizeof(cell) + 32;
    }
    return c;
  }
  void drop(std::uint32_t row) {
    auto& c = cells_[row];
    if (!c.value) return;
    c.value.reset();
    c.until = forever;
    rows_->unuse(row);
    if (!std::exchange(c.stored, false)) return;
    bytes key;
    rows_->append_key(row, key);
    changes_.remove(key);
    rows_->dirty += key.size() + 16;
  }
};

} // namespace cloudflow::stream
