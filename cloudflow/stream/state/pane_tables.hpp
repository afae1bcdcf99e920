#pragma once

#include "cloudflow/stream/graph/context.hpp"
#include "cloudflow/stream/state/accumulator_codec.hpp"
#include "cloudflow/stream/state/durable_table.hpp"

#include <tuple>

namespace cloudflow::stream {

/// How far a window operator is, in milliseconds of event time.
struct window_progress {
  std::int64_t watermark; ///< windows up to here are emitted, or about to be
  std::int64_t next_end;  ///< no window that ends before this is ever emitted again
  friend bool operator==(const window_progress&, const window_progress&) = default;
};

template <class T> [[noreturn]] void refuse_state(const char* op, const T& what) {
  stage_failure thrown({"error", what, op, std::nullopt});
  thrown.make_final();
  throw thrown;
}

/// The durable side of a window operator: "<name>/panes", an accumulator per pane and key, and "<name>/progress".
/// Confined to its island.
template <class Key, class Accumulator, bool = storable<Key>&& storable<Accumulator>> class pane_tables {
  durable_table<std::tuple<std::int64_t, Key>, Accumulator> panes_;
  durable_table<int, std::tuple<std::int64_t, std::int64_t>> progress_;
  window_progress sealed_{};
  std::size_t changes_ = 0; ///< of the panes, up to the last seal

public:
  [[nodiscard]] bool is_open() const { return panes_.is_open(); }
  template <class Panes>
  void open(task_state& task, const std::string& name, Panes& into, const Accumulator& fresh,
            window_progress& progress) {
    into.track_changes();
    auto done = panes_.open(task, name + "/panes", [&](std::tuple<std::int64_t, Key>&& at, Accumulator&& value) {
      into.restore(std::get<0>(at), std::get<1>(at), std::move(value), fresh);
    });
    if (done) {
      done = progress_.open(task, name + "/progress", [&](int, std::tuple<std::int64_t, std::int64_t>&& at) {
        progress = {std::get<0>(at), std::get<1>(at)};
      });
    }
    if (!done) refuse_state("window", done.error().text());
    sealed_ = progress;
    changes_ = into.changes();
  }
  void erased(std::int64_t start, const Key& key) { panes_.erase({start, key}); }
  template <class Panes> void seal(commit_id n, Panes& from, const window_progress& progress) {
    from.each_change([&](std::int64_t start, const Key& key, const Accumulator& value) {
      panes_.put({start, key}, value);
    });
    if (progress != sealed_) progress_.put(0, {progress.watermark, progress.next_end});
    sealed_ = progress;
    changes_ = from.changes();
    panes_.seal(n);
    progress_.seal(n);
  }
  /// The input is over: nothing is left.
  void finish(commit_id n) {
    progress_.erase(0);
    panes_.seal(n);
    progress_.seal(n);
  }
  template <class Panes> [[nodiscard]] bool is_large(const Panes& panes) const {
    return (panes.changes() - changes_) * (sizeof(Key) + sizeof(Accumulator) + 32) + panes_.dirty_bytes() >
           overlay_bound;
  }
};

/// Keys or accumulators without a codec: there is no durable side.
template <class Key, class Accumulator> class pane_tables<Key, Accumulator, false> {
public:
  [[nodiscard]] static bool is_open() { return false; }
  template <class Panes> void open(task_state&, const std::string& name, Panes&, const Accumulator&, window_progress&) {
    refuse_state("window", "state '" + name + "/panes' cannot be durable: its " +
                               (storable<Key> ? "accumulator" : "key") +
                               " has no state_codec; specialise state_codec, a struct's in one line with "
                               "state_members<T, &T::a, &T::b>");
  }
  void erased(std::int64_t, const Key&) {}
  template <class Panes> void seal(commit_id, Panes&, const window_progress&) {}
  void finish(commit_id) {}
  template <class Panes> [[nodiscard]] static bool is_large(const Panes&) { return false; }
};

} // namespace cloudflow::stream
