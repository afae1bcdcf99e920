#pragma once

#include "cloudflow/stream/graph/aggregators.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/graph/side_branch.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/stream/state/pane_state.hpp"
#include "cloudflow/stream/state/pane_tables.hpp"
#include "cloudflow/stream/time/window.hpp"

#include <set>

namespace cloudflow::stream {

/// Aggregates the elements of each key over windows of event time: `key_by(...).window(spec).aggregate(how)`, with
/// `.allowed_lateness(time)` and `.late_to(sink)` in between as needed.
/// Shape: n -> m, `T` to `windowed<key, value>`: one per key and window with at least one element; by window end, keys
/// in order of their first element (after a restart, in any). Units: milliseconds of event time; windows are aligned to
/// the epoch.
/// - Emits a window when the watermark reaches its end; every window when upstream completes. An element that comes up
///   to `allowed_lateness` after that emits the window of its key once more, with it.
/// - Backpressures while results wait for downstream; else takes all elements. Elements are not kept, accumulators are:
///   one per key and pane (the greatest common divisor of size and slide).
/// - An element later than that goes to the late sink; without one it is dropped. Both are counted in `late_total`. One
///   between windows (slide greater than size) is counted in `outside_total`.
/// - Completes when upstream completed and all windows were emitted. Cancels when downstream cancels. On drain nothing
///   is emitted that is not due.
/// - Fails when an element has no event time, a key or aggregator throws, records of a key also reach another task,
///   state cannot be opened, or upstream fails; open windows go.
/// Keeps: durable state: tables "<name>/panes" and "<name>/progress". Without a task state, offsets held until emitted:
/// a record's offset is done when its last window is.
/// Page: docs/operators/window.md
template <class Keys, class Aggregator, class Late = no_side> struct window_op {
  Keys keys;
  window_spec spec;
  Aggregator how;
  std::chrono::milliseconds lateness{0};
  Late late{};
  std::string name{};

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = windowed<key<In>, detail::aggregate_result<Aggregator, In>>;

  template <class In, class Next> class stage : public stage_base<Next> {
    using accumulator = typename Aggregator::template accumulator<In>;
    using store = memory_panes<key<In>, accumulator>;
    static_assert(pane_store<store, key<In>, accumulator>);
    static constexpr bool has_side = !std::is_same_v<Late, no_side>;
    static constexpr std::int64_t never = no_event_time.time_since_epoch().count();
    /// Event times lie within 36 million years of the epoch, so that the arithmetic of windows cannot overflow.
    static constexpr std::int64_t furthest = std::int64_t{1} << 60U;
    static constexpr std::int64_t forever = end_of_time.time_since_epoch().count();

    /// The window that is being emitted.
    struct emission {
      std::int64_t end;
      std::vector<std::uint32_t> keys;
      std::size_t at = 0;
      token_ref token;
    };

    /// The pane of the latest element: the next one is mostly in it too, and then nothing is divided.
    struct slice {
      std::int64_t start = 0;
      std::int64_t end = 0;
      std::int64_t last_end = 0; ///< of the last window that contains it
      std::int64_t dead_at = 0;  ///< the watermark from which on its elements are late
    };

    Keys keys_;
    key_claims claims_;
    slice at_;
    window_spec spec_;
    Aggregator how_;
    std::int64_t lateness_;
    std::string name_;
    accumulator fresh_;
    store store_;
    pane_tables<key<In>, accumulator> tables_;
    window_progress progress_{never, never};
    std::optional<emission> now_;
    std::set<std::pair<std::int64_t, std::uint32_t>> again_; ///< window ends and keys that late elements changed
    std::vector<std::uint32_t> seen_in_;                     ///< per key: the emission that has it already
    std::uint32_t emission_number_ = 0;
    deferred_signals later_;
    commit_id last_ = no_commit;
    std::uint64_t late_ = 0; ///< since the last flush
    task_state* task_ = nullptr;
    bool opened_ = false;
    bool durable_ = false;
    bool plain_ = true; ///< neither durable nor open to late elements
    stage_counter* late_total_ = nullptr;
    stage_counter* outside_total_ = nullptr;
    stage_counter* discarded_total_ = nullptr;

  public:
    stage(Keys keys, window_spec spec, Aggregator how, std::chrono::milliseconds lateness, std::string name, Next next)
        : stage_base<Next>(std::move(next))
        , keys_(std::move(keys))
        , spec_(spec)
        , how_(std::move(how))
        , lateness_(std::clamp<std::int64_t>(lateness.count(), 0, furthest / 2))
        , name_(std::move(name))
        , fresh_(how_.template create<In>()) {}

    void start(island_services& services) {
      services.add_name("window");
      claims_.start(services);
      task_ = services.state();
      late_total_ = &services.counter("late_total");
      outside_total_ = &services.counter("outside_total");
      discarded_total_ = &services.counter("discarded_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      const auto time = ctx.time.time_since_epoch().count();
      if (time < at_.start || time >= at_.end) go_to(time);
      if (at_.dead_at <= progress_.watermark) return too_late(std::move(element), ctx);
      if (at_.last_end <= at_.start) {
        outside_total_->add();
        return true;
      }
      beyond_record([&] { add(std::move(element), ctx, at_.start); });
      return plain_ || again_.empty();
    }
    bool advance() {
      if (!opened_) open_state();
      const bool moved = this->next_.advance();
      if (!pending()) return pass() || moved;
      if (this->next_.demand() == 0) return moved;
      emit_due();
      return true;
    }
    [[nodiscard]] std::size_t demand() {
      if (pending() || later_.end_waits() || later_.barrier_waits()) return 0;
      if constexpr (has_side) return this->next_.demand(); // for what is late
      return unlimited;
    }
    void on_watermark(timestamp t) {
      const auto mark = t.time_since_epoch().count();
      if (mark <= progress_.watermark) return;
      progress_.watermark = mark;
      later_.keep_mark(t);
      emit_due();
    }
    void on_barrier(commit_id n) {
      later_.keep_barrier(n);
      if (!pending()) pass();
    }
    void flush() {
      if (late_ != 0) late_total_->add(std::exchange(late_, 0));
      if (durable_ && tables_.is_large(store_)) task_->wants_commit();
      stage_base<Next>::flush();
    }
    void on_end(const ending& end) {
      if (end.kind == end_kind::complete) progress_.watermark = forever;
      if (end.kind == end_kind::complete || (end.kind == end_kind::drain && durable_)) {
        later_.keep_end(end);
        emit_due();
        return;
      }
      if (end.kind == end_kind::fail) discarded_total_->add(store_.keys());
      now_.reset();
      again_.clear();
      store_.drop_all();
      this->next_.on_end(end);
    }
    void roll_back(const element_context&) {} // nothing is emitted while elements come in

  private:
    [[noreturn]] static void bad_time(std::int64_t time) {
      refuse_state("window", time == never ? "an element has no event time: give the inlet an event time, or put "
                                             ".event_time(&T::member) in front of .key_by"
                                           : "the event time " + std::to_string(time) + " ms is beyond all calendars");
    }
    void open_state() {
      opened_ = true;
      plain_ = task_ == nullptr && lateness_ == 0;
      if (task_ == nullptr) return;
      tables_.open(*task_, name_, store_, fresh_, progress_);
      durable_ = true;
    }
    void go_to(std::int64_t time) {
      if (time < -furthest || time > furthest) bad_time(time);
      at_.start = spec_.pane_of(time);
      at_.end = at_.start + spec_.pane();
      at_.last_end = spec_.last_end(at_.start);
      at_.dead_at = at_.last_end + lateness_;
    }
    bool too_late(In&& element, const element_context& ctx) {
      ++late_;
      if constexpr (has_side) return this->next_.on_side(std::move(element), ctx);
      return true;
    }
    void add(In&& element, const element_context& ctx, std::int64_t pane_start) {
      user_call("window", [&] {
        const auto number = store_.number_of(keys_.probe(std::as_const(element)),
                                             [&](std::uint64_t hash) { claims_.template claim<key<In>>(hash, ctx); });
        auto& pane = store_.pane_at(pane_start);
        auto& acc = store_.accumulator(pane, number, fresh_);
        how_.add(acc, std::as_const(element));
        if (plain_) [[likely]] {
          pane.tokens.add(ctx.token);
          return;
        }
        if (!durable_) pane.tokens.add(ctx.token);
        note_late(pane_start, number);
      });
    }
    /// The windows of the pane that are out already, but not for longer than is allowed.
    void note_late(std::int64_t pane_start, std::uint32_t number) {
      for (auto end = spec_.first_end(pane_start); end <= at_.last_end && end <= progress_.watermark;
           end += spec_.slide()) {
        if (end + lateness_ > progress_.watermark) again_.emplace(end, number);
      }
    }
    /// Results wait to be pushed.
    [[nodiscard]] bool pending() { return now_.has_value() || !again_.empty() || due_end().has_value(); }
    /// The end of the earliest window that has elements and is due.
    [[nodiscard]] std::optional<std::int64_t> due_end() {
      const auto from = progress_.next_end == never ? never : progress_.next_end - spec_.size();
      const auto* first = store_.first_from(from);
      if (first == nullptr) return std::nullopt;
      const auto end = std::max(progress_.next_end, spec_.first_end(first->start));
      if (end > progress_.watermark) return std::nullopt;
      return end;
    }
    void emit_due() {
      bool go_on = this->next_.demand() > 0;
      while (go_on) {
        if (!now_) {
          const auto end = due_end();
          if (!end) break;
          open(*end);
        }
        while (go_on && now_->at < now_->keys.size())
          go_on = push_one(now_->end, now_->keys[now_->at++], now_->token.get());
        if (now_->at == now_->keys.size()) close();
      }
      while (go_on && !now_ && !again_.empty()) {
        const auto [end, number] = *again_.begin();
        again_.erase(again_.begin());
        auto token = tokens_of(end).take();
        go_on = push_one(end, number, token.get());
        token.acknowledge();
      }
      if (pending()) return;
      if (progress_.watermark > -furthest && progress_.watermark < furthest) {
        progress_.next_end = std::max(progress_.next_end, spec_.first_end_after(progress_.watermark));
        if (lateness_ != 0)
          retire(std::min(progress_.next_end, spec_.first_end_after(progress_.watermark - lateness_)) - spec_.size());
      }
      pass();
    }
    /// What the panes of a window hold.
    token_holder tokens_of(std::int64_t end) {
      token_holder tokens;
      store_.each_between(end - spec_.size(), end, [&](auto& pane) { tokens.add(pane.tokens); });
      return tokens;
    }
    void open(std::int64_t end) {
      now_.emplace();
      now_->end = end;
      ++emission_number_;
      store_.each_between(end - spec_.size(), end, [&](auto& pane) {
        for (const auto number : pane.keys) {
          if (number >= seen_in_.size()) seen_in_.resize(number + 1, 0);
          if (std::exchange(seen_in_[number], emission_number_) != emission_number_) now_->keys.push_back(number);
        }
      });
      now_->token = tokens_of(end).take();
    }
    bool push_one(std::int64_t window_end, std::uint32_t number, offset_token* token) {
      auto total = fresh_;
      auto result = user_call("window", [&] {
        store_.each_between(window_end - spec_.size(), window_end, [&](auto& pane) {
          if (number < pane.known.size() && pane.known[number] != 0)
            how_.merge(total, std::as_const(pane.accumulators[number]));
        });
        return how_.result(std::as_const(total));
      });
      const timestamp start{std::chrono::milliseconds(window_end - spec_.size())};
      const timestamp end{std::chrono::milliseconds(window_end)};
      const element_context ctx{token, record_offset(-1), end - std::chrono::milliseconds(1)};
      return this->next_.on_next(output<In>{store_.key(number), start, end, std::move(result)}, ctx);
    }
    /// The window is out: panes that belong to no later one, and are not open to late elements, go.
    void close() {
      progress_.next_end = now_->end + spec_.slide();
      if (lateness_ == 0) retire(progress_.next_end - spec_.size());
      now_->token.acknowledge();
      now_.reset();
    }
    void retire(std::int64_t start) {
      store_.retire_before(start, [this](std::int64_t at, const key<In>& k) { tables_.erased(at, k); });
    }
    /// Passes on what waits; nothing is owed in front of it.
    bool pass() {
      if (later_.end_waits() && !later_.barrier_waits()) finish();
      return later_.pass(this->next_, [&](commit_id n) {
        last_ = n;
        if (durable_) tables_.seal(n, store_, progress_);
        if (later_.end_waits()) finish();
      });
    }
    /// In front of the end: a completed input has no state any more, a drained one has its last.
    void finish() {
      const commit_id n(last_.value() + 1);
      if (later_.end_was(end_kind::drain)) {
        if (durable_) tables_.seal(n, store_, progress_);
        return;
      }
      retire(forever);
      if (durable_) tables_.finish(n);
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    auto chain = bind_side<In>(into, std::move(next), std::move(late));
    return stage<In, decltype(chain)>(std::move(keys), spec, std::move(how), lateness,
                                      into.stateful("window", std::move(name)), std::move(chain));
  }
};

} // namespace cloudflow::stream
