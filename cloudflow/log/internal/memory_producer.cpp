#include "cloudflow/base/hash.hpp"
#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

namespace {

class memory_writer final : public topic_writer {
  std::shared_ptr<log_state> log_;     // owners: the log, producers, writers, consumers
  std::shared_ptr<topic_state> topic_; // owners: the log and who uses the topic
  std::shared_ptr<waker> room_;        // owners: the producer, its writers, the log while it waits for room
  // Of a transactional producer; owners: the log, the producer, its writers.
  std::shared_ptr<transactional_session> session_;
  std::uint32_t turn_ = 0; // of batches without a key
  std::vector<partition*> partitions_;
  std::vector<std::uint64_t> touched_in_;          // by partition: the last transaction that has records of ours there
  std::vector<std::vector<std::uint32_t>> picked_; // by partition, reused
  std::vector<std::int32_t> touched_;
  std::vector<delivered> delivered_;
  store::write_batch batch_; // of a durable log, reused

public:
  memory_writer(std::shared_ptr<log_state> log, std::shared_ptr<topic_state> topic, std::shared_ptr<waker> room,
                std::shared_ptr<transactional_session> session)
      : log_(std::move(log))
      , topic_(std::move(topic))
      , room_(std::move(room))
      , session_(std::move(session)) {}

  [[nodiscard]] std::int32_t partitions() const override { return topic_->count(); }

  result<void> send(std::span<const outgoing_record> records, delivery_callback done) override {
    if (topic_->removed()) return user_error(errc::not_found, "topic " + topic_->name().value() + " was removed");
    if (session_ ? topic_->closed() : topic_->completed()) return closed();
    while (static_cast<std::int32_t>(partitions_.size()) < topic_->count())
      partitions_.push_back(&topic_->at(static_cast<std::int32_t>(partitions_.size())));
    picked_.resize(partitions_.size());
    for (const auto p : touched_) picked_[static_cast<std::size_t>(p)].clear();
    touched_.clear();
    if (auto checked = pick(records); !checked) return checked;
    if (topic_->full())
      if (auto room = make_room(); !room) return room;

    delivered_.clear();
    std::sort(touched_.begin(), touched_.end());
    if (session_) {
      if (auto sent = append_in_transaction(records); !sent) return sent;
    } else if (log_->journal) {
      if (auto sent = append_to_journal(records); !sent) return sent;
    } else {
      append(records, 0);
    }
    // What does not fit is refused with the next batch: this one is in.
    static_cast<void>(topic_->make_room());
    if (!done) return {};
    auto reply = std::move(delivered_); // the callback may send again
    done(std::span<const delivered>(reply));
    delivered_ = std::move(reply);
    return {};
  }

private:
  [[nodiscard]] unexpected<error> closed() const {
    return user_error(errc::closed, "topic " + topic_->name().value() + " is closed: all its writers completed");
  }

  void append(std::span<const outgoing_record> records, std::uint64_t transaction) {
    wake_list wakes;
    const auto now = log_->clock.wall_now();
    for (const auto p : touched_) {
      const auto at = static_cast<std::size_t>(p);
      delivered_.push_back(
          {partition_id(p), record_offset(partitions_[at]->append(records, picked_[at], now, transaction, wakes))});
    }
  }

  // One batch for all partitions, shown when it is in the store.
  result<void> append_to_journal(std::span<const outgoing_record> records) {
    wake_list wakes;
    const auto now = log_->clock.wall_now();
    batch_.clear();
    std::vector<partition::staged> staged;
    for (const auto p : touched_) { // ascending: no two writers wait for each other
      const auto at = static_cast<std::size_t>(p);
      staged.push_back(partitions_[at]->stage(records, picked_[at], now, batch_));
    }
    const auto written = batch_.empty() ? result<void>() : log_->journal->write(batch_);
    for (std::size_t i = 0; i < touched_.size(); ++i) {
      auto& part = *partitions_[static_cast<std::size_t>(touched_[i])];
      if (written)
        delivered_.push_back({partition_id(touched_[i]), record_offset(part.publish(staged[i], wakes))});
      else
        part.take_back(staged[i]);
    }
    if (!written) return written;
    for (std::size_t i = 0; i < touched_.size(); ++i)
      partitions_[static_cast<std::size_t>(touched_[i])]->settle(staged[i]);
    return {};
  }

  result<void> append_in_transaction(std::span<const outgoing_record> records) {
    auto stay = session_->enter();
    if (!stay) return unexpected(std::move(stay).error());
    touched_in_.resize(partitions_.size());
    for (const auto p : touched_) {
      auto& in = touched_in_[static_cast<std::size_t>(p)];
      if (in == stay->transaction()) continue;
      if (!stay->touch(topic_, *partitions_[static_cast<std::size_t>(p)])) return closed();
      in = stay->transaction();
    }
    append(records, stay->transaction());
    return {};
  }

  result<void> pick(std::span<const outgoing_record> records) {
    const auto& spec = topic_->shared.spec;
    const auto count = static_cast<std::int32_t>(partitions_.size());
    const auto without_key = static_cast<std::int32_t>(turn_ % static_cast<std::uint32_t>(count));
    bool used_turn = false;
    for (std::uint32_t i = 0; i < records.size(); ++i) {
      const auto& r = records[i];
      const auto size = (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0) + r.headers.encoded().size();
      if (size > spec.max_record_bytes)
        return user_error(errc::limit_exceeded, "a record of " + std::to_string(size) + " bytes is larger than topic " +
                                                    spec.name.value() + " allows (" +
                                                    std::to_string(spec.max_record_bytes) + ")");
      if (spec.cleanup == cleanup_policy::compact && !r.key)
        return user_error(errc::invalid_argument,
                          "a record without a key cannot go to the compacted topic " + spec.name.value());
      auto p = without_key;
      if (r.partition) {
        p = r.partition->value();
        if (p < 0 || p >= count)
          return user_error(errc::invalid_argument, "topic " + spec.name.value() + " has no partition " +
                                                        std::to_string(p) + ", only 0 to " + std::to_string(count - 1));
      } else if (r.key) {
        p = murmur2_partition(*r.key, count);
      } else {
        used_turn = true;
      }
      auto& list = picked_[static_cast<std::size_t>(p)];
      if (list.empty()) touched_.push_back(p);
      list.push_back(i);
    }
    if (used_turn) ++turn_;
    return {};
  }

  result<void> make_room() {
    for (bool again = false;; again = true) {
      auto room = topic_->make_room();
      if (!room) return unexpected(std::move(room).error());
      if (*room) return {};
      if (again) break;
      log_->note_refusal(room_); // first, so that room made from now on is not missed
    }
    return system_error(errc::limit_exceeded,
                        "topic " + topic_->name().value() + " is full: its memory (" +
                            std::to_string(topic_->shared.spec.max_memory_bytes) +
                            " bytes) and the log's disk bound (" + std::to_string(log_->options.max_spilled_bytes) +
                            " bytes) are used up; " + log_->slowest_reader(*topic_),
                        true);
  }
};

class memory_producer final : public producer {
  std::shared_ptr<log_state> log_; // owners: the log, producers, writers, consumers
  std::shared_ptr<waker> room_;
  std::shared_ptr<transactional_session> session_; // none: it has no transactional id

  [[nodiscard]] result<transactional_session*> session() const {
    if (session_) return session_.get();
    return user_error(errc::conflict, "a producer without a transactional id has no transactions");
  }
  void answer(const completion_callback& done, result<void> (transactional_session::*end)()) {
    auto s = session();
    const auto outcome = s ? ((*s)->*end)() : result<void>(unexpected(std::move(s).error()));
    if (done) done(outcome);
  }

public:
  memory_producer(std::shared_ptr<log_state> log, std::function<void()> on_room,
                  std::shared_ptr<transactional_session> session)
      : log_(std::move(log))
      , room_(std::make_shared<waker>(std::move(on_room)))
      , session_(std::move(session)) {}
  ~memory_producer() override {
    room_->disarm();
    wake_list wakes;
    if (session_) session_->finish("its producer is gone", wakes);
  }

  result<std::unique_ptr<topic_writer>> open(const topic_name& topic) override {
    auto t = log_->topic(topic);
    if (!t) return unexpected(std::move(t).error());
    return std::unique_ptr<topic_writer>(std::make_unique<memory_writer>(log_, *t, room_, session_));
  }
  void flush(completion_callback done) override {
    if (done) done({}); // `send` has acknowledged before it returned
  }
  result<void> begin() override {
    auto s = session();
    if (!s) return unexpected(std::move(s).error());
    log_->expire_transactions();
    return (*s)->begin();
  }
  result<void> send_offsets(const group_token& owner, std::span<const source_position> positions) override {
    auto s = session();
    if (!s) return unexpected(std::move(s).error());
    return (*s)->add_offsets(owner, positions);
  }
  void commit(completion_callback done) override { answer(done, &transactional_session::commit); }
  void abort(completion_callback done) override { answer(done, &transactional_session::abort); }
};

} // namespace

result<std::unique_ptr<producer>> open_producer(std::shared_ptr<log_state> log, producer_options options) {
  std::shared_ptr<transactional_session> session;
  if (!options.transactional_id.empty()) {
    auto opened = log->open_session(options.transactional_id, options.transaction_timeout);
    if (!opened) return unexpected(std::move(opened).error());
    session = std::move(*opened);
  }
  return std::unique_ptr<producer>(
      std::make_unique<memory_producer>(std::move(log), std::move(options.on_room), std::move(session)));
}

} // namespace cloudflow::log::internal
