#pragma once

#include "cloudflow/stream/source/port.hpp"

namespace cloudflow::stream {

/// The seam of sinks: an outlet's writer, a file. One virtual call per batch, none per element.
/// Thread: all members are called inside the island's turns, one at a time. A port never blocks.
/// - `room`: how many elements it takes now. 0 obliges `arm` to see to a wake-up when there is some.
/// - `push` takes every element of the batch and its tokens (move them out; what is left is cleared). Acknowledge a
///   token when what came of its elements is safe, now or later, on any thread; destroying it abandons.
///   `roll_back` never crosses a push.
/// - `flush`: nothing more comes for now: do not sit on a partial batch.
/// - `arm` remembers the waker, *then* looks again; returns true if room, cancellation or `ended` changed meanwhile.
/// - `end`: once, after the last push. complete and drain: finish what was pushed. fail and abort: as you like, soon.
/// - `ended`: after `end`, true when nothing is outstanding: the graph is not over before.
/// - `cancelled`: wants no more elements although it was not ended.
/// - `failed`: the sink itself gave up; fails the graph.
template <class T> class sink_port {
public:
  using value_type = T;
  virtual ~sink_port() = default;
  [[nodiscard]] virtual std::size_t room() = 0;
  virtual void push(batch<T>& elements) = 0;
  virtual void flush() {}
  virtual bool arm(const waker& wake) = 0;
  /// Asked after `arm`: a steady time at which the port wants to be flushed in any case.
  [[nodiscard]] virtual std::chrono::nanoseconds wake_at() const { return std::chrono::nanoseconds::max(); }
  virtual void end(const ending& how) = 0;
  [[nodiscard]] virtual bool ended() = 0;
  [[nodiscard]] virtual bool cancelled() { return false; }
  [[nodiscard]] virtual std::shared_ptr<const failure> failed() { return nullptr; }
  virtual void on_watermark(timestamp) {}
  /// Everything that was pushed belongs to the commit `n`, what is pushed later to the next one. Nothing is pushed
  /// before the graph is told that the commit is released.
  virtual void on_barrier(commit_id) {}
  /// Not empty: what the port calls the little that it keeps in durable state where there is some, as a file its
  /// length: the sink is transactional then. Sealed in `on_barrier` and `end`.
  [[nodiscard]] virtual std::string_view keeps() const { return {}; }
  /// The name of its table, before `start`; only if it keeps something.
  virtual void name_table(std::string) {}
  virtual void start(island_services&) {}
  [[nodiscard]] virtual std::string name() const = 0;
};

/// The last stage of a chain that feeds a port: gathers a batch, hands it over when it is full and at each flush.
template <class T> class port_stage {
  std::unique_ptr<sink_port<T>> port_;
  batch<T> batch_;
  barrier_end barrier_;
  std::size_t room_ = 0; ///< of the port, less what is gathered
  bool ended_ = false;
  bool aborted_ = false;
  bool cancel_seen_ = false;
  bool end_seen_ = false;
  /// A stage was told in this round that there is no room: it relies on being woken, even if room came since.
  bool said_none_ = false;

public:
  static constexpr std::size_t largest_batch = 256;
  explicit port_stage(std::unique_ptr<sink_port<T>> port)
      : port_(std::move(port)) {}

  void start(island_services& services) {
    services.add_name(port_->name());
    barrier_.start(services);
    port_->start(services);
  }
  bool on_next(T&& element, const element_context& ctx) {
    batch_.values.push_back(std::move(element));
    batch_.meta.push_back({ctx.offset, ctx.time});
    if (batch_.runs.empty() || batch_.runs.back().token.get() != ctx.token)
      batch_.runs.push_back({token_ref::share(ctx.token), 1});
    else
      ++batch_.runs.back().count;
    --room_;
    return room_ > 0 && batch_.size() < largest_batch;
  }
  bool advance() {
    said_none_ = false;
    if (auto why = port_->failed(); why && !ended_) throw stage_failure(*why);
    return false;
  }
  [[nodiscard]] std::size_t demand() {
    if (ended_ || batch_.size() >= largest_batch || port_->cancelled() || barrier_.held()) {
      said_none_ = true;
      return 0;
    }
    const auto room = port_->room();
    room_ = room > batch_.size() ? room - batch_.size() : 0;
    said_none_ |= room_ == 0;
    return std::min(room_, largest_batch - batch_.size());
  }
  void flush() {
    hand_over();
    if (!ended_) port_->flush();
  }
  void signal() {}
  void arm(arming& a) {
    if (!ended_ && port_->cancelled()) { // beside other branches: news once, then silence
      if (!std::exchange(cancel_seen_, true)) a.ready();
      return;
    }
    if (ended_ && port_->ended()) {
      if (!std::exchange(end_seen_, true)) a.ready();
      return;
    }
    const bool full = !ended_ && said_none_ && !barrier_.held(); // the release wakes all islands
    if (port_->arm(a.wakes_this()) && (full || ended_ || port_->cancelled() || port_->failed())) a.ready();
    a.at(port_->wake_at());
    if (full || ended_) a.waits(wait_kind::port);
  }
  void on_watermark(timestamp t) {
    hand_over();
    port_->on_watermark(t);
  }
  void on_barrier(commit_id n) {
    if (ended_) return;
    hand_over();
    port_->on_barrier(n);
    barrier_.on_barrier(n);
  }
  void on_end(const ending& how) {
    if (how.kind == end_kind::abort) aborted_ = true;
    if (std::exchange(ended_, true)) return;
    if (aborted_)
      batch_.clear();
    else
      hand_over();
    port_->end(how);
    barrier_.end();
  }
  void roll_back(const element_context& ctx) {
    while (!batch_.empty() && ctx.token != nullptr && batch_.meta.back().offset == ctx.offset &&
           batch_.runs.back().token.get() == ctx.token) {
      batch_.values.pop_back();
      batch_.meta.pop_back();
      if (--batch_.runs.back().count == 0) {
        batch_.runs.back().token.acknowledge(); // the source's own hold is still there
        batch_.runs.pop_back();
      }
    }
  }
  [[nodiscard]] bool cancelled() { return !ended_ && port_->cancelled(); }
  [[nodiscard]] bool terminated() { return aborted_ || (ended_ ? port_->ended() : port_->cancelled()); }

private:
  void hand_over() {
    if (batch_.empty()) return;
    port_->push(batch_);
    batch_.clear();
  }
};

/// A described sink: a `sink_port`.
template <class T> class port_sink {
  std::unique_ptr<sink_port<T>> port_;

public:
  explicit port_sink(std::unique_ptr<sink_port<T>> port)
      : port_(std::move(port)) {}
  template <class In> auto bind(graph_builder& into) && {
    if (const auto what = port_->keeps(); !what.empty()) port_->name_table(into.stateful(what.data()));
    return port_stage<T>(std::move(port_));
  }
};

} // namespace cloudflow::stream
