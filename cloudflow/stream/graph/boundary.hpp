#pragma once

#include "cloudflow/stream/graph/chain_island.hpp"

#include <bit>
#include <memory>

namespace cloudflow::stream {

/// The bounded queue between two islands: one producer, one consumer, a ring. Elements, their contexts and watermarks
/// go through in order; the ending follows the last one, cancellation overtakes. A slot owns a token reference only
/// where the token changes within a published span, so that the consumer holds one at a time. Signals are published
/// with sequentially consistent stores and the peer's flag is read after them: one per flush.
template <class T> class boundary {
  enum class slot_kind : unsigned char { plain, context, owning, watermark };
  struct alignas(alignof(T)) cell {
    std::byte bytes[sizeof(T)];
  };

  const std::size_t capacity_;
  const std::size_t mask_; ///< the ring has twice the capacity: watermarks take slots too
  const std::unique_ptr<cell[]> cells_;
  const std::unique_ptr<slot_kind[]> kinds_;
  const std::unique_ptr<element_context[]> contexts_;

  alignas(64) std::atomic<std::size_t> tail_{0};
  std::atomic<bool> producer_sleeps_{false};
  std::atomic<bool> ended_{false};
  ending how_;
  std::size_t barrier_at_ = 0;            ///< the barrier stands in front of the slot with this number
  std::atomic<std::uint64_t> barrier_{0}; ///< published after `barrier_at_`, before any element behind it; 0: none
  alignas(64) std::atomic<std::size_t> head_{0};
  std::atomic<bool> consumer_sleeps_{false};
  std::atomic<bool> cancelled_{false};

  // the producer's own
  alignas(64) std::size_t write_ = 0;
  std::size_t head_seen_ = 0;
  offset_token* last_token_ = nullptr;
  timestamp mark_ = no_event_time;
  bool mark_waits_ = false;
  bool wake_consumer_ = false;
  // the consumer's own
  alignas(64) std::size_t read_ = 0;
  std::size_t tail_seen_ = 0;
  token_ref current_;
  bool wake_producer_ = false;

  waker consumer_;
  waker producer_;
  int consumer_id_ = -1;
  int producer_id_ = -1;

  T& value(std::size_t at) noexcept { return *std::launder(reinterpret_cast<T*>(cells_[at & mask_].bytes)); }

public:
  explicit boundary(std::size_t capacity)
      : capacity_(std::bit_ceil(std::max<std::size_t>(capacity, 2)))
      , mask_(2 * capacity_ - 1)
      , cells_(std::make_unique<cell[]>(2 * capacity_))
      , kinds_(std::make_unique<slot_kind[]>(2 * capacity_))
      , contexts_(std::make_unique<element_context[]>(2 * capacity_)) {}
  boundary(const boundary&) = delete;
  boundary& operator=(const boundary&) = delete;
  ~boundary() {
    for (; read_ != write_; ++read_) {
      const auto kind = kinds_[read_ & mask_];
      if (kind == slot_kind::watermark) continue;
      if (kind == slot_kind::owning) const token_ref lost(contexts_[read_ & mask_].token);
      std::destroy_at(&value(read_));
    }
  }

  // ---- producer
  void producer_starts(const waker& w, int id) {
    producer_ = w;
    producer_id_ = id;
  }
  [[nodiscard]] std::size_t room() {
    auto used = write_ - head_seen_;
    if (used >= capacity_ / 2) {
      head_seen_ = head_.load(std::memory_order_acquire);
      used = write_ - head_seen_;
    }
    return used < capacity_ ? capacity_ - used : 0;
  }
  bool push(T&& element, const element_context& ctx) {
    if (mark_waits_) put_mark();
    const auto at = write_ & mask_;
    std::construct_at(reinterpret_cast<T*>(cells_[at].bytes), std::move(element));
    if (ctx.token == nullptr && ctx.time == no_event_time) {
      kinds_[at] = slot_kind::plain;
    } else {
      contexts_[at] = ctx;
      kinds_[at] = slot_kind::context;
      if (ctx.token != last_token_) {
        last_token_ = ctx.token;
        if (ctx.token != nullptr) {
          ctx.token->acquire();
          kinds_[at] = slot_kind::owning;
        }
      }
    }
    ++write_;
    return write_ - head_seen_ < capacity_ || room() > 0;
  }
  void push_mark(timestamp t) {
    mark_ = t;
    mark_waits_ = true;
  }
  /// One barrier at a time: the graph asks for the next one when every sink has this.
  void push_barrier(commit_id n) {
    if (has_ended() || is_cancelled()) return;
    publish();
    barrier_at_ = write_;
    barrier_.store(n.value(), std::memory_order_seq_cst);
    consumer_.wake(); // asleep or not: it may be at the barrier without having demand
  }
  void roll_back(const element_context& ctx) {
    if (ctx.token == nullptr) return;
    const auto published = tail_.load(std::memory_order_relaxed);
    while (write_ != published) {
      const auto at = (write_ - 1) & mask_;
      const auto kind = kinds_[at];
      if (kind != slot_kind::context && kind != slot_kind::owning) return;
      if (contexts_[at].token != ctx.token || contexts_[at].offset != ctx.offset) return;
      std::destroy_at(&value(write_ - 1));
      if (kind == slot_kind::owning) {
        token_ref taken(ctx.token);
        taken.acknowledge(); // the source's own hold is still there
        last_token_ = nullptr;
      }
      --write_;
    }
  }
  void publish() {
    if (mark_waits_ && write_ - head_seen_ <= mask_) put_mark();
    if (write_ == tail_.load(std::memory_order_relaxed)) return;
    last_token_ = nullptr;
    tail_.store(write_, std::memory_order_seq_cst);
    wake_consumer_ = true;
    if (write_ - head_seen_ >= capacity_ / 2) signal_consumer();
  }
  void signal_consumer() {
    if (!std::exchange(wake_consumer_, false)) return;
    if (!consumer_sleeps_.load(std::memory_order_seq_cst)) return;
    consumer_sleeps_.store(false, std::memory_order_relaxed);
    consumer_.wake();
  }
  void end(const ending& how) {
    if (ended_.load(std::memory_order_relaxed)) return;
    publish();
    how_ = how;
    how_.thrown_here = false;
    ended_.store(true, std::memory_order_seq_cst);
    consumer_.wake();
  }
  [[nodiscard]] bool has_ended() const { return ended_.load(std::memory_order_acquire); }
  [[nodiscard]] bool is_cancelled() const { return cancelled_.load(std::memory_order_acquire); }
  void arm_producer(arming& a) {
    producer_sleeps_.store(true, std::memory_order_seq_cst);
    head_seen_ = head_.load(std::memory_order_seq_cst);
    if (write_ - head_seen_ < capacity_) a.ready();
    a.waits(wait_kind::room, consumer_id_);
  }

  // ---- consumer
  void consumer_starts(const waker& w, int id) {
    consumer_ = w;
    consumer_id_ = id;
  }
  [[nodiscard]] queue_info look() const {
    const auto tail = tail_.load(std::memory_order_acquire);
    const auto head = head_.load(std::memory_order_acquire);
    return {"from island " + std::to_string(producer_id_), tail >= head ? tail - head : 0, capacity_};
  }
  /// The next thing in the queue, but for watermarks, is a barrier.
  [[nodiscard]] bool barrier_is_next() const {
    if (barrier_.load(std::memory_order_seq_cst) == 0) return false;
    auto at = read_;
    while (at != barrier_at_ && kinds_[at & mask_] == slot_kind::watermark) ++at;
    return at == barrier_at_;
  }
  /// Pushes up to `limit` elements to `chain`, but none behind a barrier; watermarks go to `mark`, a barrier to
  /// `on_barrier`. Returns whether anything was consumed.
  template <class Chain, class Mark, class Barrier>
  bool consume(std::size_t limit, Chain& chain, std::size_t& count, Mark&& mark, Barrier&& on_barrier) {
    if (read_ == tail_seen_) tail_seen_ = tail_.load(std::memory_order_acquire);
    const commit_id barrier(barrier_.load(std::memory_order_acquire)); // after the tail: elements behind it come later
    auto stop = tail_seen_;
    if (barrier != no_commit) {
      stop = barrier_at_ - read_ < tail_seen_ - read_ ? barrier_at_ : tail_seen_;
    }
    bool moved = read_ != stop && take(stop, limit, chain, count, mark);
    if (barrier != no_commit && read_ == barrier_at_) {
      barrier_.store(0, std::memory_order_release);
      on_barrier(barrier);
      moved = true;
    }
    return moved;
  }
  void signal_producer() {
    if (!std::exchange(wake_producer_, false)) return;
    if (!producer_sleeps_.load(std::memory_order_seq_cst)) return;
    producer_sleeps_.store(false, std::memory_order_relaxed);
    producer_.wake();
  }
  void cancel() {
    cancelled_.store(true, std::memory_order_seq_cst);
    current_.abandon();
    producer_.wake();
  }
  /// Nothing left and nothing will come.
  [[nodiscard]] bool is_over() const {
    return ended_.load(std::memory_order_acquire) && read_ == tail_.load(std::memory_order_acquire) &&
           barrier_.load(std::memory_order_acquire) == 0;
  }
  [[nodiscard]] bool aborted() const { return has_ended() && how_.kind == end_kind::abort; }
  [[nodiscard]] const ending& how() const { return how_; }
  void arm_consumer(arming& a) {
    consumer_sleeps_.store(true, std::memory_order_seq_cst);
    if (tail_.load(std::memory_order_seq_cst) != read_ || ended_.load(std::memory_order_seq_cst) || barrier_is_next())
      a.ready();
    a.waits(wait_kind::elements, producer_id_);
  }

private:
  template <class Chain, class Mark>
  bool take(std::size_t stop, std::size_t limit, Chain& chain, std::size_t& count, Mark& mark) {
    const auto before = read_;
    bool go_on = limit > 0;
    element_context ctx;
    try {
      while (read_ != stop) {
        const auto at = read_ & mask_;
        const auto kind = kinds_[at];
        if (kind == slot_kind::watermark) {
          ++read_;
          mark(contexts_[at].time);
          continue;
        }
        if (!go_on) break;
        if (kind == slot_kind::plain) {
          ctx = {};
        } else {
          ctx = contexts_[at];
          if (kind == slot_kind::owning) {
            current_.acknowledge();
            current_ = token_ref(ctx.token);
          }
        }
        struct gone {
          T& element;
          ~gone() { std::destroy_at(&element); }
        } const guard{value(read_)};
        ++read_;
        ++count;
        go_on = chain.on_next(std::move(guard.element), ctx) && count < limit;
      }
    } catch (stage_failure& thrown) {
      if (!thrown.what().at && ctx.token != nullptr) thrown.what().at = ctx.token->at(ctx.offset);
      throw;
    }
    if (read_ == stop)
      current_.acknowledge(); // a published span, or what is in front of a barrier, takes its own holds
    head_.store(read_, std::memory_order_seq_cst);
    wake_producer_ = true;
    if (tail_seen_ - read_ <= capacity_ / 2) signal_producer();
    return read_ != before;
  }
  void put_mark() {
    const auto at = write_ & mask_;
    contexts_[at] = {nullptr, record_offset(-1), mark_};
    kinds_[at] = slot_kind::watermark;
    ++write_;
    mark_waits_ = false;
  }
};

/// The producer's end of a boundary: the last stage of a chain.
template <class T> class boundary_out {
  std::shared_ptr<boundary<T>> queue_; ///< owners: both ends
  /// A stage was told in this round that there is no room: it relies on being woken, even if room came since.
  bool said_none_ = false;

public:
  explicit boundary_out(std::shared_ptr<boundary<T>> queue)
      : queue_(std::move(queue)) {}
  void start(island_services& services) {
    queue_->producer_starts(services.wakes_this(), services.id());
    services.add_name("queue");
  }
  bool on_next(T&& element, const element_context& ctx) { return queue_->push(std::move(element), ctx); }
  bool advance() {
    said_none_ = false;
    return false;
  }
  [[nodiscard]] std::size_t demand() {
    const auto room = queue_->has_ended() || queue_->is_cancelled() ? 0 : queue_->room();
    said_none_ |= room == 0;
    return room;
  }
  void flush() { queue_->publish(); }
  void signal() { queue_->signal_consumer(); }
  void arm(arming& a) {
    if (said_none_ && !queue_->has_ended() && !queue_->is_cancelled()) queue_->arm_producer(a);
  }
  void on_watermark(timestamp t) { queue_->push_mark(t); }
  void on_barrier(commit_id n) { queue_->push_barrier(n); }
  void on_end(const ending& how) { queue_->end(how); }
  void roll_back(const element_context& ctx) { queue_->roll_back(ctx); }
  [[nodiscard]] bool cancelled() { return queue_->is_cancelled(); }
  [[nodiscard]] bool terminated() { return queue_->has_ended() || queue_->is_cancelled(); }
};

/// The consumer's end of a boundary: the head of an island.
template <class T> class boundary_driver {
  std::shared_ptr<boundary<T>> queue_; ///< owners: both ends

public:
  static constexpr bool is_source = false;
  explicit boundary_driver(std::shared_ptr<boundary<T>> queue)
      : queue_(std::move(queue)) {}
  void start(island_services& services) {
    queue_->consumer_starts(services.wakes_this(), services.id());
    services.add_name("queue");
    services.add_input([queue = queue_] { return queue->look(); });
  }
  template <class Chain> pull_outcome pull(std::size_t n, Chain& chain, std::size_t& count) {
    if (queue_->aborted()) return pull_outcome::ended;
    const bool moved = queue_->consume(
        n, chain, count, [&](timestamp t) { chain.on_watermark(t); }, [&](commit_id b) { chain.on_barrier(b); });
    if (moved) return pull_outcome::moved;
    return queue_->is_over() ? pull_outcome::ended : pull_outcome::empty;
  }
  [[nodiscard]] bool ends_without_demand() const { return queue_->is_over() || queue_->aborted(); }
  [[nodiscard]] bool barrier_is_next() const { return queue_->barrier_is_next(); }
  void arm(arming& a) { queue_->arm_consumer(a); }
  void signal() { queue_->signal_producer(); }
  void drain() {}
  void cancel() { queue_->cancel(); }
  [[nodiscard]] const ending& ending_of() const { return queue_->how(); }
};

} // namespace cloudflow::stream
