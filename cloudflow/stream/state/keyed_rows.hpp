#pragma once

#include "cloudflow/stream/state/key_table.hpp"
#include "cloudflow/stream/state/state_codec.hpp"
#include "cloudflow/stream/state/state_port.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// The keys of one keyed operator, each with a row number, and which of them is at hand. States and timers of the
/// operator are columns over these rows; a row goes when no column uses it. Confined to its island.
class CLOUDFLOW_API keyed_rows {
  std::vector<std::uint32_t> uses_;
  std::vector<unsigned char> alive_;
  std::vector<std::uint32_t> idle_; ///< were not in use at some moment; may name a row twice

protected:
  std::uint32_t current_ = 0;
  keyed_rows() = default;
  keyed_rows(keyed_rows&&) = default;
  keyed_rows& operator=(keyed_rows&&) = default;
  void at(std::uint32_t row) {
    current_ = row;
    if (row >= uses_.size()) {
      uses_.resize(bound(), 0);
      alive_.resize(bound(), 0);
    }
    if (std::exchange(alive_[row], 1) == 0) idle_.push_back(row);
  }
  /// Calls back for every row that no column uses, and forgets it.
  template <class F> void each_idle(F&& f) {
    for (const auto row : idle_) {
      if (uses_[row] == 0 && std::exchange(alive_[row], 0) != 0) f(row);
    }
    idle_.clear();
  }

public:
  /// Processing time, as of this turn.
  timestamp now{};
  /// What is dirty, in bytes, estimated.
  std::size_t dirty = 0;

  virtual ~keyed_rows() = default;
  [[nodiscard]] std::uint32_t current() const { return current_; }
  [[nodiscard]] virtual std::size_t bound() const = 0;
  /// Empty if keys have no codec: then nothing can be durable.
  [[nodiscard]] virtual std::string key_schema() const = 0;
  virtual void append_key(std::uint32_t row, bytes& into) const = 0;
  /// The row of an encoded key, which is taken off `from`; made if need be. Errors: `corrupt`.
  [[nodiscard]] virtual result<std::uint32_t> row_of(bytes_view& from) = 0;

  void use(std::uint32_t row) { ++uses_[row]; }
  void unuse(std::uint32_t row) {
    if (--uses_[row] == 0) idle_.push_back(row);
  }
};

/// The rows of an operator whose keys are `Key`.
template <class Key> class keyed_rows_of final : public keyed_rows {
  key_table<Key> keys_;

public:
  [[nodiscard]] const Key& key() const { return keys_.key(current_); }
  [[nodiscard]] const Key& key(std::uint32_t row) const { return keys_.key(row); }
  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t bound() const override { return keys_.bound(); }
  template <class Probe, class Added> void go_to(const Probe& probe, Added&& added) {
    at(keys_.find_or_add(probe, std::forward<Added>(added)));
  }
  void go_to_row(std::uint32_t row) { at(row); }
  /// Forgets the keys that nothing uses, and calls `gone(row)` for each; none is at hand after it.
  template <class F> void leave(F&& gone) {
    each_idle([&](std::uint32_t row) {
      keys_.erase(row);
      gone(row);
    });
  }
  [[nodiscard]] std::string key_schema() const override {
    if constexpr (storable<Key>)
      return state_codec<Key>::schema();
    else
      return {};
  }
  void append_key(std::uint32_t row, bytes& into) const override {
    if constexpr (storable<Key>) state_codec<Key>::encode(keys_.key(row), into);
  }
  result<std::uint32_t> row_of(bytes_view& from) override {
    if constexpr (storable<Key>) {
      Key key{};
      if (!detail::own_decoder<Key>().decode(from, key)) return system_error(errc::corrupt, "a key cannot be read");
      go_to(key, [](std::uint64_t) {});
      return current();
    } else {
      return user_error(errc::unsupported, "the key has no state_codec");
    }
  }
};

} // namespace cloudflow::stream
