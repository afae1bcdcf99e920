#pragma once

#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/graph/side_branch.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/stream/state/keyed_rows.hpp"
#include "cloudflow/stream/state/keyed_timers.hpp"

#include <deque>

namespace cloudflow::stream {

/// What a `process` function sees beside the element. Valid during the call.
template <class Key, class Out> class process_context {
protected:
  const keyed_rows_of<Key>* rows_ = nullptr;
  keyed_timers event_timers_{"event-timers"};
  keyed_timers processing_timers_{"processing-timers"};
  void* stage_ = nullptr;
  void (*emit_)(void* stage, Out&& value, timestamp at) = nullptr;
  timestamp time_ = no_event_time;
  timestamp watermark_ = no_event_time;
  bool aside_ = false;
  process_context() = default;
  ~process_context() = default;

public:
  process_context(process_context&&) = default;
  process_context& operator=(process_context&&) = delete;

  void emit(Out value) { emit_(stage_, std::move(value), time_); }
  /// With an event time of its own.
  void emit(Out value, timestamp at) { emit_(stage_, std::move(value), at); }
  /// In `on_element`: the element goes to the operator's side outlet, if it has one.
  void put_aside() { aside_ = true; }
  [[nodiscard]] const Key& key() const { return rows_->key(); }
  /// Of the element or the event timer; in a processing timer, the watermark.
  [[nodiscard]] timestamp event_time() const { return time_; }
  [[nodiscard]] timestamp watermark() const { return watermark_; }
  /// As of this turn.
  [[nodiscard]] timestamp processing_time() const { return rows_->now; }
  /// Calls `on_event_timer(at, ctx)` for this key once the watermark has reached `at`; one timer per key and time.
  /// When the input is over all timers have fired and no new one is set.
  void set_event_timer(timestamp at) {
    if (watermark_ != end_of_time) event_timers_.set(at);
  }
  void cancel_event_timer(timestamp at) { event_timers_.cancel(at); }
  /// Calls `on_processing_timer(at, ctx)` for this key at or soon after `at`. Those of an input that is over are gone.
  void set_processing_timer(timestamp at) {
    if (watermark_ != end_of_time) processing_timers_.set(at);
  }
  void cancel_processing_timer(timestamp at) { processing_timers_.cancel(at); }
};

/// A struct with `void on_element(const T&, auto& ctx)`, and as it needs them `on_event_timer(timestamp, auto& ctx)`,
/// `on_processing_timer(timestamp, auto& ctx)`, and `auto states() { return std::tie(a, b); }` for its states.
template <class F, class In, class Key, class Out>
concept process_function_for = std::copy_constructible<F> &&
                               requires(F& f, const In& in, process_context<Key, Out>& ctx) { f.on_element(in, ctx); };

/// Calls a function of the user's own with every element and with the state and the timers of its key:
/// `key_by(...).process<Out>(function)`.
/// Shape: n -> m, `T` to `Out`, order kept. Units: milliseconds of event and processing time.
/// - Emits what the function emits, at elements and timers; event timers fire before the watermark goes on, in order of
///   time. Backpressures when downstream does, while emissions wait, and while timers are due.
/// - Completes when upstream completed, all event timers fired and everything was emitted; the state is erased then and
///   processing timers go. Cancels when downstream cancels. On drain no timer fires.
/// - Fails when the function, a key or a codec throws, records of a key also reach another task, state cannot be
///   opened, or upstream fails.
/// Keeps: durable state: one table per state and kind of timer, "<name>/<state>", keys and values as their
/// `state_codec` says. Without a task state, offsets held until the element's key has no state any more. Page:
/// docs/operators/process.md
template <class Out, class Keys, class F, class Side = no_side> struct process_op {
  Keys keys;
  F function;
  std::string name;
  const char* op = "process";
  Side side{};

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = Out;

  template <class In, class Next> class stage : public stage_base<Next>, process_context<key<In>, Out> {
    using context = process_context<key<In>, Out>;
    struct owed {
      Out value;
      element_context ctx;
      token_ref token;
    };
    static constexpr bool on_event = requires(F& f, context& ctx) { f.on_event_timer(timestamp(), ctx); };
    static constexpr bool on_processing = requires(F& f, context& ctx) { f.on_processing_timer(timestamp(), ctx); };
    /// A function whose memory may be lost without a task state (`static constexpr bool forgetful = true`).
    static constexpr bool forgetful = requires { requires F::forgetful; };
    static constexpr int timers_per_turn = 1024;

    Keys keys_;
    F function_;
    std::string name_;
    const char* op_;
    key_claims claims_;
    keyed_rows_of<key<In>> table_;
    std::vector<keyed_state*> states_;
    std::deque<owed> owed_;
    std::vector<token_holder> tokens_; ///< per row, of what its state has absorbed, if that is not durable
    const element_context* at_ = nullptr;
    bool more_ = true; ///< downstream takes another one now
    bool opened_ = false;
    deferred_signals later_;
    commit_id last_ = no_commit;
    task_state* task_ = nullptr;
    const clock_source* clock_ = nullptr;
    stage_counter* expired_total_ = nullptr;

  public:
    stage(Keys keys, F function, std::string name, const char* op, Next next)
        : stage_base<Next>(std::move(next))
        , keys_(std::move(keys))
        , function_(std::move(function))
        , name_(std::move(name))
        , op_(op) {}

    void start(island_services& services) {
      services.add_name(op_);
      if constexpr (requires { function_.start(services); }) function_.start(services);
      claims_.start(services);
      task_ = services.state();
      clock_ = &services.clock();
      expired_total_ = &services.counter("expired_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      more_ = true;
      beyond_record([&] {
        user_call(op_, [&] {
          table_.go_to(keys_.probe(std::as_const(element)),
                       [&](std::uint64_t hash) { claims_.template claim<key<In>>(hash, ctx); });
          at_ = &ctx;
          this->time_ = ctx.time;
          function_.on_element(std::as_const(element), static_cast<context&>(*this));
        });
        if (std::exchange(this->aside_, false)) put_aside(std::move(element), ctx);
        hold(ctx.token);
        leave();
      });
      return more_ && owed_.empty() && !event_is_due();
    }
    bool advance() {
      if (!opened_) open();
      bool moved = this->next_.advance();
      table_.now = clock_->wall_now();
      moved |= pay();
      if (owed_.empty()) moved |= fire();
      moved |= expire();
      if (owed_.empty() && !event_is_due()) moved |= pass();
      return moved;
    }
    [[nodiscard]] std::size_t demand() {
      const bool busy = !owed_.empty() || event_is_due() || later_.end_waits() || later_.barrier_waits();
      return busy ? 0 : this->next_.demand();
    }
    void arm(arming& a) {
      this->next_.arm(a);
      if (this->processing_timers_.empty() || this->next_.demand() == 0) return;
      const auto due = this->processing_timers_.earliest();
      const auto wall = clock_->wall_now();
      if (due <= wall)
        a.ready();
      else if (due - wall < std::chrono::hours(24 * 365))
        a.at(clock_->steady_now() + (due - wall));
    }
    void on_watermark(timestamp t) {
      if (t <= this->watermark_) return;
      this->watermark_ = t;
      later_.keep_mark(t);
      settle();
    }
    void on_barrier(commit_id n) {
      later_.keep_barrier(n);
      settle();
    }
    void on_end(const ending& how) {
      if (how.kind == end_kind::complete) this->watermark_ = end_of_time;
      if (how.at_once() || (how.kind == end_kind::fail && owed_.empty())) {
        owed_.clear();
        tokens_.clear();
        this->next_.on_end(how);
        return;
      }
      later_.keep_end(how);
      settle();
    }
    void roll_back(const element_context&) {} // what was emitted before belongs to other records too

  private:
    void open() {
      opened_ = true;
      this->rows_ = &table_;
      this->stage_ = this;
      this->emit_ = [](void* self, Out&& value, timestamp at) {
        static_cast<stage*>(self)->emit(std::move(value), at);
      };
      table_.now = clock_->wall_now();
      if constexpr (requires { function_.states(); }) {
        std::apply([&](auto&... each) { (states_.push_back(&each), ...); }, function_.states());
      }
      states_.push_back(&this->event_timers_);
      states_.push_back(&this->processing_timers_);
      for (auto* each : states_) {
        if (auto done = each->open(table_, task_, name_); !done)
          throw stage_failure({"error", done.error().text(), op_, std::nullopt});
      }
      leave();
    }
    void emit(Out&& value, timestamp at) {
      const element_context none;
      auto ctx = at_ != nullptr ? *at_ : none;
      ctx.time = at;
      if (owed_.empty() && more_) {
        more_ = this->next_.on_next(std::move(value), ctx);
        return;
      }
      owed_.push_back({std::move(value), ctx, token_ref::share(ctx.token)});
      owed_.back().ctx.token = owed_.back().token.get();
    }
    void put_aside(In&& element, const element_context& ctx) {
      if constexpr (!std::is_same_v<Side, no_side>) more_ = this->next_.on_side(std::move(element), ctx) && more_;
    }
    /// Without a task state, the row's state keeps the offsets of what it absorbed.
    void hold(offset_token* token) {
      if (forgetful || task_ != nullptr || token == nullptr) return;
      const auto row = table_.current();
      if (row >= tokens_.size()) tokens_.resize(table_.bound());
      tokens_[row].add(token);
    }
    /// After a call: rows without state go.
    void leave() {
      at_ = nullptr;
      table_.leave([this](std::uint32_t row) {
        if (row < tokens_.size()) tokens_[row].acknowledge();
      });
      if (task_ != nullptr && table_.dirty > overlay_bound) task_->wants_commit();
    }
    bool pay() {
      bool moved = false;
      more_ = !owed_.empty() && this->next_.demand() > 0;
      while (more_ && !owed_.empty()) {
        auto first = std::move(owed_.front());
        owed_.pop_front();
        more_ = beyond_record([&] { return this->next_.on_next(std::move(first.value), first.ctx); });
        first.token.acknowledge();
        moved = true;
      }
      return moved;
    }
    [[nodiscard]] bool event_is_due() const {
      return !this->event_timers_.empty() && this->event_timers_.earliest() <= this->watermark_ &&
             !later_.end_was(end_kind::drain);
    }
    [[nodiscard]] bool processing_is_due() const {
      return !this->processing_timers_.empty() && this->processing_timers_.earliest() <= table_.now &&
             !later_.end_waits();
    }
    bool fire() {
      bool moved = false;
      for (int i = 0; i < timers_per_turn && owed_.empty() && this->next_.demand() > 0; ++i) {
        if (event_is_due())
          call(this->event_timers_, this->event_timers_.earliest(), true);
        else if (processing_is_due() && !later_.barrier_waits())
          call(this->processing_timers_, this->processing_timers_.earliest(), false);
        else
          break;
        moved = true;
      }
      return moved;
    }
    void call(keyed_timers& timers, timestamp at, bool event) {
      const auto row = timers.take_earliest();
      table_.go_to_row(row);
      more_ = true;
      // What comes of a timer comes of all that the row has absorbed.
      token_ref token;
      if (row < tokens_.size()) {
        token = tokens_[row].take();
        tokens_[row].add(token.get());
      }
      const element_context ctx{token.get(), record_offset(-1), at};
      at_ = &ctx;
      this->time_ = event ? at : this->watermark_;
      beyond_record([&] {
        user_call(op_, [&] {
          if constexpr (on_event) {
            if (event) function_.on_event_timer(at, static_cast<context&>(*this));
          }
          if constexpr (on_processing) {
            if (!event) function_.on_processing_timer(at, static_cast<context&>(*this));
          }
        });
      });
      token.acknowledge();
      timers.fired(row);
      leave();
    }
    bool expire() {
      std::size_t gone = 0;
      for (auto* each : states_) gone += each->expire();
      if (gone == 0) return false;
      expired_total_->add(gone);
      leave();
      return false;
    }
    /// After a signal: passes on what nothing is owed in front of.
    void settle() {
      if (!opened_) open();
      if (owed_.empty() && !event_is_due()) pass();
    }
    bool pass() {
      if (later_.end_waits() && !later_.barrier_waits()) finish();
      return later_.pass(this->next_, [&](commit_id n) {
        seal(n);
        if (later_.end_waits()) finish();
      });
    }
    /// In front of the end: a completed input has no state any more, a drained one has its last.
    void finish() {
      if (later_.end_was(end_kind::complete)) {
        for (auto* each : states_) each->clear_all();
        leave();
      } else {
        tokens_.clear();
      }
      if (!later_.end_was(end_kind::fail)) seal(commit_id(last_.value() + 1));
    }
    void seal(commit_id n) {
      last_ = n;
      table_.dirty = 0;
      if (task_ == nullptr) return;
      for (auto* each : states_) each->seal(n);
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    auto chain = bind_side<In>(into, std::move(next), std::move(side));
    auto table_name = into.stateful(op, std::move(name));
    return stage<In, decltype(chain)>(std::move(keys), std::move(function), std::move(table_name), op,
                                      std::move(chain));
  }
};

} // namespace cloudflow::stream
