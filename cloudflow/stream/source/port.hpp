#pragma once

#include "cloudflow/stream/graph/builder.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// The offset and event time of one element.
struct element_meta {
  record_offset offset{-1};
  timestamp time = no_event_time;
};

/// `count` elements that one token covers.
struct token_run {
  token_ref token;
  std::size_t count = 0;
};

/// Elements on their way from a source or to a sink, with what travels beside them. `meta` is empty or one per element;
/// `runs` is empty or covers all elements in order. Reused: `clear` keeps the memory.
template <class T> struct batch {
  std::vector<T> values;
  std::vector<element_meta> meta;
  std::vector<token_run> runs;
  /// Holds behind the last element: no element with an earlier event time is expected.
  timestamp watermark = no_event_time;

  [[nodiscard]] std::size_t size() const noexcept { return values.size(); }
  [[nodiscard]] bool empty() const noexcept { return values.empty(); }
  void clear() {
    values.clear();
    meta.clear();
    runs.clear();
    watermark = no_event_time;
  }
  void add(T value) { values.push_back(std::move(value)); }
  void add(T value, element_meta m) {
    values.push_back(std::move(value));
    meta.push_back(m);
  }
  /// One token for the elements that were added since the last call.
  void cover(token_ref token) {
    std::size_t covered = 0;
    for (const auto& run : runs) covered += run.count;
    if (values.size() > covered) runs.push_back({std::move(token), values.size() - covered});
  }
};

enum class source_status {
  more,  ///< something was added, or could be at once
  empty, ///< nothing there: the engine arms the port
  ended  ///< nothing will ever come; elements added with this answer still count
};

/// The seam of sources: an inlet's reader, a file, a queue. One virtual call per batch, none per element.
/// Thread: all members are called inside the island's turns, one at a time. A port never blocks.
/// - `pull` adds at most `limit` elements to `out` (empty on entry), with tokens of the port's `offset_tracker` (the
///   port's guard reference goes along; the engine acknowledges it when the run was pushed and abandons it when not).
/// - `arm` remembers the waker, *then* looks again; returns true if there is something to pull now (so do not sleep).
///   The waker is called, on any thread, when that changes.
/// - `drain`: from now on `pull` adds nothing new (it may finish what must not be split) and soon answers `ended`.
/// - `cancel`: nothing more is wanted; no call but the destructor follows.
/// - `how_ended` after `ended`: complete, drain, or fail with its failure. The default says drain after `drain()`.
/// - `on_failure`: user code threw on an element before any stage held it; what the element had already made and was
///   not published is taken back. The answers: `failure_decision`. For `retry` the port has put the element into
///   `again`; at `stop` it has taken the offset back from its tracker.
template <class T> class source_port {
public:
  using value_type = T;
  virtual ~source_port() = default;
  virtual source_status pull(std::size_t limit, batch<T>& out) = 0;
  virtual bool arm(const waker& wake) = 0;
  /// Asked after `arm`: a steady time at which the port wants to be pulled in any case.
  [[nodiscard]] virtual std::chrono::nanoseconds wake_at() const { return std::chrono::nanoseconds::max(); }
  virtual void drain() = 0;
  virtual void cancel() {}
  /// A commit barrier goes out behind everything that was pulled: a port with an `offset_tracker` calls its `cut(n)`.
  virtual void on_barrier(commit_id) {}
  [[nodiscard]] virtual ending how_ended() const = 0;
  virtual failure_decision on_failure(const failure&, T& /*again*/) { return failure_decision::fail; }
  /// Not empty: what the port calls the position that it keeps in durable state where there is some (`services.state()`
  /// in `start`): the source is seekable. A cut then counts everything that was pulled before as read.
  [[nodiscard]] virtual std::string_view keeps() const { return {}; }
  /// The name of its table, before `start`; only if it keeps something.
  virtual void name_table(std::string) {}
  /// Asked before the start: `elsewhere` leaves the port's graph out of this task's.
  [[nodiscard]] virtual source_home home() const { return source_home::any; }
  /// Once before the first pull: for ports that need the clock or a timer (through `services.turns()`).
  virtual void start(island_services&) {}
  /// For `describe` and failures: "in", "readings.csv".
  [[nodiscard]] virtual std::string name() const = 0;
};

/// The driver of a port: pushes batches element by element and keeps what the chain did not want yet.
template <class T> class port_driver {
  std::unique_ptr<source_port<T>> port_;
  batch<T> batch_;
  std::size_t at_ = 0;
  std::size_t run_ = 0;
  std::size_t run_left_ = 0;
  bool stopped_ = false;
  bool port_ended_ = false;
  timestamp watermark_ = no_event_time;

public:
  static constexpr bool is_source = true;
  static constexpr std::size_t largest_batch = 256;

  explicit port_driver(std::unique_ptr<source_port<T>> port)
      : port_(std::move(port)) {}

  void start(island_services& services) {
    services.add_name(port_->name());
    port_->start(services);
  }
  template <class Chain> pull_outcome pull(std::size_t n, Chain& chain, std::size_t& count) {
    if (at_ == batch_.size()) {
      if (port_ended_) return pull_outcome::ended;
      batch_.clear();
      at_ = run_ = run_left_ = 0;
      const auto status = port_->pull(std::min(n, largest_batch), batch_);
      port_ended_ = status == source_status::ended;
      run_left_ = batch_.runs.empty() ? 0 : batch_.runs.front().count;
      if (batch_.empty()) {
        const bool marked = finish(chain);
        if (port_ended_) return pull_outcome::ended;
        return marked || status == source_status::more ? pull_outcome::moved : pull_outcome::empty;
      }
    }
    push(n, chain, count);
    if (at_ == batch_.size()) {
      finish(chain);
      if (port_ended_) return pull_outcome::ended;
    }
    return pull_outcome::moved;
  }
  [[nodiscard]] bool ends_without_demand() const { return port_ended_ && at_ == batch_.size(); }
  [[nodiscard]] static bool barrier_is_next() { return false; }
  [[nodiscard]] bool at_cut() const { return at_ == batch_.size(); }
  void cut(commit_id n) { port_->on_barrier(n); }
  void arm(arming& a) {
    if (at_ != batch_.size() || port_->arm(a.wakes_this())) a.ready();
    a.at(port_->wake_at());
    a.waits(wait_kind::port);
  }
  void signal() {}
  void drain() { port_->drain(); }
  void cancel() {
    batch_.clear();
    at_ = 0;
    port_->cancel();
  }
  [[nodiscard]] ending ending_of() const { return port_->how_ended(); }

private:
  template <class Chain> void push(std::size_t n, Chain& chain, std::size_t& count) {
    while (n > 0 && at_ < batch_.size()) {
      element_context ctx;
      auto stop_at = std::min(batch_.size(), at_ + n);
      if (run_ < batch_.runs.size()) {
        ctx.token = batch_.runs[run_].token.get();
        stop_at = std::min(stop_at, at_ + run_left_);
      }
      const auto first = at_;
      const bool go_on = push_segment(stop_at, ctx, chain);
      const auto pushed = at_ - first;
      n -= pushed;
      count += pushed;
      if (stopped_) return forget_rest();
      if (run_ < batch_.runs.size()) {
        run_left_ -= pushed;
        if (run_left_ == 0) {
          batch_.runs[run_].token.acknowledge();
          if (++run_ < batch_.runs.size()) run_left_ = batch_.runs[run_].count;
        }
      }
      if (!go_on) return;
    }
  }
  template <class Chain> bool push_segment(std::size_t stop_at, element_context& ctx, Chain& chain) {
    const bool with_meta = !batch_.meta.empty();
    while (at_ < stop_at) {
      try {
        while (at_ < stop_at) {
          const auto i = at_++;
          if (with_meta) {
            ctx.offset = batch_.meta[i].offset;
            ctx.time = batch_.meta[i].time;
          }
          if (!chain.on_next(std::move(batch_.values[i]), ctx)) return false;
        }
      } catch (stage_failure& thrown) {
        if (!thrown.what().at && ctx.token != nullptr) thrown.what().at = ctx.token->at(ctx.offset);
        if (!thrown.recoverable()) throw;
        const auto decision = port_->on_failure(thrown.what(), batch_.values[at_ - 1]);
        if (decision == failure_decision::fail) throw;
        chain.roll_back(ctx);
        if (decision == failure_decision::retry) --at_;
        stopped_ = decision == failure_decision::stop;
        if (stopped_ || chain.demand() == 0) return false;
      }
    }
    return true;
  }
  // The elements behind the one at which the port stopped, and their watermark, are never seen.
  void forget_rest() {
    if (run_ < batch_.runs.size()) batch_.runs[run_].token.acknowledge();
    batch_.clear();
    at_ = run_ = run_left_ = 0;
    stopped_ = port_ended_ = false; // it is the port's to say how it ends now
  }
  template <class Chain> bool finish(Chain& chain) {
    if (batch_.watermark == no_event_time || batch_.watermark <= watermark_) return false;
    watermark_ = batch_.watermark;
    chain.on_watermark(watermark_);
    return true;
  }
};

} // namespace cloudflow::stream
