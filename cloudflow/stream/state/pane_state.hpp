#pragma once

#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/state/key_table.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <vector>

namespace cloudflow::stream {

/// The state port of windows: what the window stage asks of a store of keys and panes. A pane is a slice of event time
/// with one accumulator per key that has elements in it. Durable state implements the same members.
template <class S, class Key, class Accumulator>
concept pane_store =
    requires(S& store, std::int64_t start, std::uint32_t key, typename S::pane& p, const Accumulator& fresh) {
      { store.pane_at(start) } -> std::same_as<typename S::pane&>;
      { store.accumulator(p, key, fresh) } -> std::same_as<Accumulator&>;
      { store.key(key) } -> std::convertible_to<const Key&>;
      { store.first_from(start) } -> std::same_as<typename S::pane*>;
      store.retire_before(start);
    };

/// Panes in memory. Accumulators of a pane lie side by side by the key's number; a key goes when no pane knows it. For
/// windows with durable state it also tells which accumulators changed since the last time.
/// Confined to its island.
template <class Key, class Accumulator> class memory_panes {
public:
  struct pane {
    std::int64_t start;
    std::vector<Accumulator> accumulators;
    std::vector<unsigned char> known; ///< bits, by the key's number
    std::vector<std::uint32_t> keys;  ///< in the order of their first element
    std::vector<std::uint32_t> dirty;
    token_holder tokens;
  };

  /// The number of a key, by anything that compares like it. Follow with `accumulator`, else the key is never retired.
  /// `added(hash)` is called before a key is added, as by `key_table`.
  template <class Probe, class Added> std::uint32_t number_of(const Probe& probe, Added&& added) {
    const auto number = keys_.find_or_add(probe, std::forward<Added>(added));
    if (number >= panes_of_key_.size()) panes_of_key_.resize(keys_.bound(), 0);
    return number;
  }
  [[nodiscard]] const Key& key(std::uint32_t number) const { return keys_.key(number); }
  [[nodiscard]] std::size_t keys() const { return keys_.size(); }

  pane& pane_at(std::int64_t start) {
    if (recent_ != nullptr && recent_->start == start) return *recent_;
    auto at = std::lower_bound(panes_.begin(), panes_.end(), start,
                               [](const auto& each, std::int64_t wanted) { return each->start < wanted; });
    if (at == panes_.end() || (*at)->start != start) {
      auto made = std::make_unique<pane>();
      made->start = start;
      at = panes_.insert(at, std::move(made));
    }
    recent_ = at->get();
    return *recent_;
  }
  Accumulator& accumulator(pane& in, std::uint32_t number, const Accumulator& fresh) {
    if (number >= in.known.size()) {
      in.known.resize(keys_.bound(), 0);
      in.accumulators.resize(keys_.bound(), fresh);
    }
    if ((in.known[number] & wanted_) != wanted_) mark(in, number);
    return in.accumulators[number];
  }
  /// The first pane that starts at or after `start`; null if none does.
  [[nodiscard]] pane* first_from(std::int64_t start) {
    for (const auto& each : panes_) {
      if (each->start >= start) return each.get();
    }
    return nullptr;
  }
  /// Calls back for every pane that starts in [from, to), oldest first.
  template <class F> void each_between(std::int64_t from, std::int64_t to, F&& f) {
    for (auto& each : panes_) {
      if (each->start >= to) return;
      if (each->start >= from) f(*each);
    }
  }
  /// From now on accumulators that change are noted.
  void track_changes() { wanted_ = is_known | is_dirty; }
  /// Puts back what was stored.
  void restore(std::int64_t start, const Key& key, Accumulator value, const Accumulator& fresh) {
    const auto number = number_of(key, [](std::uint64_t) {});
    auto& in = pane_at(start);
    accumulator(in, number, fresh) = std::move(value);
    in.known[number] = is_known | is_stored;
    in.dirty.clear();
  }
  /// Calls `f(start, key, accumulator)` for what changed since the last call: it is stored then.
  template <class F> void each_change(F&& f) {
    for (auto& each : panes_) {
      for (const auto number : each->dirty) {
        each->known[number] = is_known | is_stored;
        f(each->start, key(number), std::as_const(each->accumulators[number]));
      }
      each->dirty.clear();
    }
  }
  void retire_before(std::int64_t start) {
    retire_before(start, [](std::int64_t, const Key&) {});
  }
  /// Everything that came of the panes before `start` was emitted: their offsets are acknowledged. Calls
  /// `erased(start, key)` for what was stored.
  template <class F> void retire_before(std::int64_t start, F&& erased) {
    while (!panes_.empty() && panes_.front()->start < start) {
      auto& gone = *panes_.front();
      gone.tokens.acknowledge();
      for (const auto number : gone.keys) {
        if ((gone.known[number] & is_stored) != 0) erased(gone.start, key(number));
        if (--panes_of_key_[number] == 0) keys_.erase(number);
      }
      if (recent_ == &gone) recent_ = nullptr;
      panes_.pop_front();
    }
  }
  [[nodiscard]] std::size_t panes() const { return panes_.size(); }
  /// Accumulators that changed, ever: what became dirty between two looks.
  [[nodiscard]] std::size_t changes() const { return changes_; }
  /// Forgets everything; offsets stay uncommitted.
  void drop_all() { *this = memory_panes(); }

private:
  static constexpr unsigned char is_known = 1;
  static constexpr unsigned char is_dirty = 2;
  static constexpr unsigned char is_stored = 4;

  void mark(pane& in, std::uint32_t number) {
    auto& bits = in.known[number];
    if (bits == 0) {
      in.keys.push_back(number);
      ++panes_of_key_[number];
    }
    if ((wanted_ & is_dirty) != 0) {
      in.dirty.push_back(number);
      ++changes_;
    }
    bits |= wanted_;
  }

  unsigned char wanted_ = is_known; ///< the bits that an accumulator in use has
  std::size_t changes_ = 0;
  key_table<Key> keys_;
  std::vector<std::uint32_t> panes_of_key_;
  std::deque<std::unique_ptr<pane>> panes_; ///< by start; at fixed addresses
  pane* recent_ = nullptr;
};

} // namespace cloudflow::stream
