#pragma once

#include "cloudflow/stream/graph/aggregators.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/stream/state/pane_state.hpp"
#include "cloudflow/stream/time/window.hpp"

namespace cloudflow::stream {

/// Aggregates the elements of each key over windows of event time: `key_by(...).window(spec).aggregate(how)`.
/// Shape: n -> m, `T` to `windowed<key, value>`: one per key and window with at least one element; by window end, keys
/// in order of their first element. Units: milliseconds of event time; windows are aligned to the epoch.
/// - Emits a window when the watermark reaches its end; every window when upstream completes.
/// - Backpressures while results wait for downstream; else takes all elements. Elements are not kept, accumulators are:
///   one per key and pane (the greatest common divisor of size and slide).
/// - An element all of whose windows were emitted is dropped and counted in `late_total`; one between windows (slide
///   greater than size) in `outside_total`.
/// - Completes when upstream completed and all windows were emitted. Cancels when downstream cancels. On drain nothing
///   is emitted: offsets of open windows stay uncommitted.
/// - Fails when an element has no event time, a key or aggregator throws, records of a key also reach another task, or
///   upstream fails; open windows go.
/// Keeps: offsets held until emitted. A record's offset is done when its last window is.
/// Page: docs/operators/window.md
template <class Keys, class Aggregator> struct window_op {
  Keys keys;
  window_spec spec;
  Aggregator how;

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = windowed<key<In>, detail::aggregate_result<Aggregator, In>>;

  template <class In, class Next> class stage : public stage_base<Next> {
    using accumulator = typename Aggregator::template accumulator<In>;
    using store = memory_panes<key<In>, accumulator>;
    static_assert(pane_store<store, key<In>, accumulator>);
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
    };

    Keys keys_;
    key_claims claims_;
    slice at_;
    window_spec spec_;
    Aggregator how_;
    accumulator fresh_;
    store store_;
    std::int64_t watermark_ = never; ///< windows up to here are emitted, or about to be
    std::int64_t next_end_ = never;  ///< no window that ends before this is ever emitted again
    std::optional<emission> now_;
    std::vector<std::uint32_t> seen_in_; ///< per key: the emission that has it already
    std::uint32_t emission_number_ = 0;
    deferred_signals later_;
    std::uint64_t late_ = 0; ///< since the last flush
    stage_counter* late_total_ = nullptr;
    stage_counter* outside_total_ = nullptr;
    stage_counter* discarded_total_ = nullptr;

  public:
    stage(Keys keys, window_spec spec, Aggregator how, Next next)
        : stage_base<Next>(std::move(next))
        , keys_(std::move(keys))
        , spec_(spec)
        , how_(std::move(how))
        , fresh_(how_.template create<In>()) {}

    void start(island_services& services) {
      services.add_name("window");
      claims_.start(services);
      late_total_ = &services.counter("late_total");
      outside_total_ = &services.counter("outside_total");
      discarded_total_ = &services.counter("discarded_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      const auto time = ctx.time.time_since_epoch().count();
      if (time < at_.start || time >= at_.end) go_to(time);
      if (at_.last_end <= watermark_) {
        ++late_;
        return true;
      }
      if (at_.last_end <= at_.start) {
        outside_total_->add();
        return true;
      }
      beyond_record([&] { add(std::move(element), ctx, at_.start); });
      return true;
    }
    bool advance() {
      const bool moved = this->next_.advance();
      if (!pending()) return later_.pass(this->next_) || moved;
      if (this->next_.demand() == 0) return moved;
      emit_due();
      return true;
    }
    [[nodiscard]] std::size_t demand() {
      return pending() || later_.end_waits() || later_.barrier_waits() ? 0 : unlimited;
    }
    void on_watermark(timestamp t) {
      const auto mark = t.time_since_epoch().count();
      if (mark <= watermark_) return;
      watermark_ = mark;
      later_.keep_mark(t);
      emit_due();
    }
    void on_barrier(commit_id n) {
      later_.keep_barrier(n);
      if (!pending()) later_.pass(this->next_);
    }
    void flush() {
      if (late_ != 0) late_total_->add(std::exchange(late_, 0));
      stage_base<Next>::flush();
    }
    void on_end(const ending& end) {
      if (end.kind == end_kind::complete) {
        watermark_ = forever;
        later_.keep_end(end);
        emit_due();
        return;
      }
      if (end.kind == end_kind::fail) discarded_total_->add(store_.keys());
      now_.reset();
      store_.drop_all();
      this->next_.on_end(end);
    }
    void roll_back(const element_context&) {} // nothing is emitted while elements come in

  private:
    [[noreturn]] static void bad_time(std::int64_t time) {
      stage_failure thrown({"error",
                            time == never ? "an element has no event time: give the inlet an event time, or put "
                                            ".event_time(&T::member) in front of .key_by"
                                          : "the event time " + std::to_string(time) + " ms is beyond all calendars",
                            "window", std::nullopt});
      thrown.make_final();
      throw thrown;
    }
    void go_to(std::int64_t time) {
      if (time < -furthest || time > furthest) bad_time(time);
      at_.start = spec_.pane_of(time);
      at_.end = at_.start + spec_.pane();
      at_.last_end = spec_.last_end(at_.start);
    }
    void add(In&& element, const element_context& ctx, std::int64_t pane_start) {
      user_call("window", [&] {
        const auto number = store_.number_of(keys_.probe(std::as_const(element)),
                                             [&](std::uint64_t hash) { claims_.template claim<key<In>>(hash, ctx); });
        auto& pane = store_.pane_at(pane_start);
        auto& acc = store_.accumulator(pane, number, fresh_);
        pane.tokens.add(ctx.token);
        how_.add(acc, std::as_const(element));
      });
    }
    /// Results wait to be pushed.
    [[nodiscard]] bool pending() { return now_.has_value() || due_end().has_value(); }
    /// The end of the earliest window that has elements and is due.
    [[nodiscard]] std::optional<std::int64_t> due_end() {
      const auto* oldest = store_.oldest();
      if (oldest == nullptr) return std::nullopt;
      const auto end = std::max(next_end_, spec_.first_end(oldest->start));
      if (end > watermark_) return std::nullopt;
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
        while (go_on && now_->at < now_->keys.size()) go_on = push_one(now_->keys[now_->at++]);
        if (now_->at == now_->keys.size()) close();
      }
      if (pending()) return;
      if (watermark_ > -furthest && watermark_ < furthest)
        next_end_ = std::max(next_end_, spec_.first_end_after(watermark_));
      later_.pass(this->next_);
    }
    void open(std::int64_t end) {
      now_.emplace();
      now_->end = end;
      ++emission_number_;
      token_holder tokens;
      store_.each_between(end - spec_.size(), end, [&](auto& pane) {
        tokens.add(pane.tokens);
        for (const auto number : pane.keys) {
          if (number >= seen_in_.size()) seen_in_.resize(number + 1, 0);
          if (std::exchange(seen_in_[number], emission_number_) != emission_number_) now_->keys.push_back(number);
        }
      });
      now_->token = tokens.take();
    }
    bool push_one(std::uint32_t number) {
      auto total = fresh_;
      auto result = user_call("window", [&] {
        store_.each_between(now_->end - spec_.size(), now_->end, [&](auto& pane) {
          if (number < pane.known.size() && pane.known[number] != 0)
            how_.merge(total, std::as_const(pane.accumulators[number]));
        });
        return how_.result(std::as_const(total));
      });
      const timestamp start{std::chrono::milliseconds(now_->end - spec_.size())};
      const timestamp end{std::chrono::milliseconds(now_->end)};
      const element_context ctx{now_->token.get(), record_offset(-1), end - std::chrono::milliseconds(1)};
      return this->next_.on_next(output<In>{store_.key(number), start, end, std::move(result)}, ctx);
    }
    /// The window is out: panes that belong to no later one go.
    void close() {
      next_end_ = now_->end + spec_.slide();
      store_.retire_before(next_end_ - spec_.size());
      now_->token.acknowledge();
      now_.reset();
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(keys), spec, std::move(how), std::move(next));
  }
};

} // namespace cloudflow::stream
