#pragma once

#include "cloudflow/stream/graph/aggregators.hpp"
#include "cloudflow/stream/graph/builder.hpp"
#include "cloudflow/stream/graph/deferred.hpp"
#include "cloudflow/stream/op/key_by.hpp"
#include "cloudflow/stream/state/key_guard.hpp"
#include "cloudflow/stream/state/key_table.hpp"
#include "cloudflow/stream/time/window.hpp"

namespace cloudflow::stream {

/// Aggregates all elements of each key, `key_by(...).aggregate(count())`.
/// Shape: n -> m, `T` to `keyed<key, value>`: one per key, in order of their first element.
/// - Emits when upstream completes. Backpressures while results wait for downstream; else takes all elements.
///   Accumulators are kept, one per key.
/// - Completes when upstream completed and all keys were emitted. Cancels when downstream cancels. On drain nothing is
///   emitted: all offsets stay uncommitted.
/// - Fails when a key or aggregator throws, records of a key also reach another task, or upstream fails; accumulators
///   are discarded.
/// Keeps: offsets held until emitted.
/// Page: docs/operators/aggregate.md
template <class Keys, class Aggregator> struct aggregate_op {
  Keys keys;
  Aggregator how;

  template <class In> using key = typename Keys::template key<In>;
  template <class In> using output = keyed<key<In>, detail::aggregate_result<Aggregator, In>>;

  template <class In, class Next> class stage : public stage_base<Next> {
    Keys keys_;
    key_claims claims_;
    Aggregator how_;
    key_table<key<In>> table_;
    std::vector<typename Aggregator::template accumulator<In>> accumulators_;
    token_holder tokens_;
    timestamp latest_ = no_event_time;
    std::size_t emitted_ = 0;
    deferred_signals later_;
    stage_counter* discarded_total_ = nullptr;

  public:
    stage(Keys keys, Aggregator how, Next next)
        : stage_base<Next>(std::move(next))
        , keys_(std::move(keys))
        , how_(std::move(how)) {}
    void start(island_services& services) {
      services.add_name("aggregate");
      claims_.start(services);
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
        });
      });
      tokens_.add(ctx.token);
      latest_ = std::max(latest_, ctx.time);
      return true;
    }
    bool advance() {
      const bool moved = this->next_.advance();
      if (!later_.end_waits() || this->next_.demand() == 0) return moved;
      emit();
      return true;
    }
    [[nodiscard]] std::size_t demand() { return later_.end_waits() ? 0 : unlimited; }
    void on_watermark(timestamp) {} // what is emitted at the end spans all of time
    void on_end(const ending& end) {
      if (end.kind == end_kind::complete) {
        later_.keep_end(end);
        if (this->next_.demand() > 0 || table_.size() == 0) emit();
        return;
      }
      if (end.kind == end_kind::fail) discarded_total_->add(table_.size());
      tokens_.abandon();
      this->next_.on_end(end);
    }
    void roll_back(const element_context&) {}

  private:
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
      later_.pass(this->next_);
    }
  };
  template <class In, class Next> auto bind(graph_builder&, Next next) && {
    return stage<In, Next>(std::move(keys), std::move(how), std::move(next));
  }
};

} // namespace cloudflow::stream
