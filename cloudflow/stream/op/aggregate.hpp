#pragma once

#include "cloudflow/stream/graph/aggregators.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/stream/state/key_table.hpp"
#include "cloudflow/stream/state/pane_tables.hpp"
#include "cloudflow/stream/time/window.hpp"

namespace cloudflow::stream {

/// A durable table, if key and value have codecs. `table_of<K, V>::type` is not named else.
template <class K, class V> struct table_of {
  using type = durable_table<K, V>;
};
struct no_table {
  struct type {};
};

/// Aggregates all elements of each key, `key_by(...).aggregate(count())`.
/// Shape: n -> m, `T` to `keyed<key, value>`: one per key, in order of their first element.
/// - Emits when upstream completes. Backpressures while results wait for downstream; else takes all elements.
///   Accumulators are kept, one per key.
/// - Completes when upstream completed and all keys were emitted. Cancels when downstream cancels. On drain nothing is
///   emitted.
/// - Fails when a key or aggregator throws, records of a key also reach another task, state cannot be opened, or
///   upstream fails; accumulators are discarded.
/// Keeps: durable state: table "<name>/accumulators". Without a task state, offsets held until emitted.
/// Page: docs/operators/aggregate.md
template <class Keys, class Aggregator> struct aggregate_op {
  Keys keys;
  Aggregator how;

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = keyed<key<In>, detail::aggregate_result<Aggregator, In>>;

  std::string name{};

  template <class In, class Next> class stage : public stage_base<Next> {
    using accumulator = typename Aggregator::template accumulator<In>;
    static constexpr bool can_last = storable<key<In>> && storable<accumulator>;
    using durable_side = typename std::conditional_t<can_last, table_of<key<In>, accumulator>, no_table>::type;

    Keys keys_;
    key_claims claims_;
    Aggregator how_;
    key_table<key<In>> table_;
    std::vector<accumulator> accumulators_;
    std::string name_;
    durable_side stored_;
    std::vector<unsigned char> is_dirty_;
    std::vector<std::uint32_t> dirty_;
    task_state* task_ = nullptr;
    bool opened_ = false;
    bool durable_ = false;
    commit_id last_ = no_commit;
    token_holder tokens_;
    timestamp latest_ = no_event_time;
    std::size_t emitted_ = 0;
    deferred_signals later_;
    stage_counter* discarded_total_ = nullptr;

  public:
    stage(Keys keys, Aggregator how, std::string name, Next next)
        : stage_base<Next>(std::move(next))
        , keys_(std::move(keys))
        , how_(std::move(how))
        , name_(std::move(name)) {}
    void start(island_services& services) {
      services.add_name("aggregate");
      claims_.start(services);
      task_ = services.state();
      discarded_total_ = &services.counter("discarded_total");
      stage_base<Next>::start(services);
    }
    bool on_next(In&& element, const element_context& ctx) {
      beyond_record([&] {
        user_call("aggregate", [&] {
          const auto number = table_.find_or_add(keys_.probe(std::as_const(element)), [&](std::uint64_t hash) {
            claims_.template claim<key<In>>(hash, ctx);
          });
          if (number == accumulators_.size()) accumulators_.push_back(how_.template create<In>());
          how_.add(accumulators_[number], std::as_const(element));
          if (durable_) mark(number);
        });
      });
      if (!durable_) tokens_.add(ctx.token);
      latest_ = std::max(latest_, ctx.time);
      return true;
    }
    bool advance() {
      if (!opened_) open();
      const bool moved = this->next_.advance();
      if (!later_.end_waits() || this->next_.demand() == 0) return moved;
      emit();
      return true;
    }
    [[nodiscard]] std::size_t demand() { return later_.end_waits() ? 0 : unlimited; }
    void on_barrier(commit_id n) {
      seal(n);
      this->next_.on_barrier(n);
    }
    void on_watermark(timestamp) {} // what is emitted at the end spans all of time
    void on_end(const ending& end) {
      if (end.kind == end_kind::complete) {
        later_.keep_end(end);
        if (this->next_.demand() > 0 || table_.size() == 0) emit();
        return;
      }
      if (end.kind == end_kind::drain) seal(commit_id(last_.value() + 1));
      if (end.kind == end_kind::fail) discarded_total_->add(table_.size());
      tokens_.abandon();
      this->next_.on_end(end);
    }
    void roll_back(const element_context&) {}

  private:
    void open() {
      opened_ = true;
      if (task_ == nullptr) return;
      if constexpr (can_last) {
        auto done = stored_.open(*task_, name_ + "/accumulators", [this](key<In>&& k, accumulator&& value) {
          const auto number = table_.find_or_add(k);
          if (number == accumulators_.size()) accumulators_.push_back(std::move(value));
        });
        if (!done) refuse_state("aggregate", done.error().text());
        durable_ = true;
      } else {
        refuse_state("aggregate", "state '" + name_ + "/accumulators' cannot be durable: its " +
                                      (storable<key<In>> ? "accumulator" : "key") + " has no state_codec");
      }
    }
    void mark(std::uint32_t number) {
      if (number >= is_dirty_.size()) is_dirty_.resize(accumulators_.size(), 0);
      if (std::exchange(is_dirty_[number], 1) == 0) dirty_.push_back(number);
      if (dirty_.size() * (sizeof(key<In>) + sizeof(accumulator) + 32) > overlay_bound) task_->wants_commit();
    }
    void seal(commit_id n) {
      last_ = n;
      if constexpr (can_last) {
        for (const auto number : dirty_) {
          is_dirty_[number] = 0;
          stored_.put(table_.key(number), accumulators_[number]);
        }
        dirty_.clear();
        stored_.seal(n);
      }
    }
    /// The input is over and all is emitted: nothing is left.
    void finish() {
      if constexpr (can_last) {
        if (!durable_) return;
        for (std::uint32_t number = 0; number < accumulators_.size(); ++number) stored_.erase(table_.key(number));
        stored_.seal(commit_id(last_.value() + 1));
      }
    }
    void emit() {
      bool go_on = true;
      auto token = tokens_.take();
      const element_context ctx{token.get(), record_offset(-1), latest_};
      while (go_on && emitted_ < accumulators_.size()) {
        const auto number = static_cast<std::uint32_t>(emitted_++);
        auto result = user_call("aggregate", [&] { return how_.result(std::as_const(accumulators_[number])); });
        go_on = this->next_.on_next(output<In>{table_.key(number), std::move(result)}, ctx);
      }
      if (emitted_ < accumulators_.size()) {
        tokens_.add(token.get());
        token.acknowledge();
        return;
      }
      token.acknowledge();
      finish();
      later_.pass(this->next_);
    }
  };
  template <class In, class Next> auto bind(graph_builder& into, Next next) && {
    return stage<In, Next>(std::move(keys), std::move(how), into.stateful("aggregate", std::move(name)),
                           std::move(next));
  }
};

} // namespace cloudflow::stream
