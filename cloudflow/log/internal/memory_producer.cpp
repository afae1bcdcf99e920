#include "cloudflow/base/hash.hpp"
#include "cloudflow/log/internal/log_state.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

namespace {

unexpected<error> no_transactions() {
  return user_error(errc::unsupported, "the in-process log has no transactions: use delivery = at-least-once");
}

class memory_writer final : public topic_writer {
  std::shared_ptr<log_state> log_;     // owners: the log, producers, writers, consumers
  std::shared_ptr<topic_state> topic_; // owners: the log and who uses the topic
  std::shared_ptr<waker> room_;        // owners: the producer, its writers, the log while it waits for room
  std::uint32_t turn_ = 0;             // of batches without a key
  std::vector<partition*> partitions_;
  std::vector<std::vector<std::uint32_t>> picked_; // by partition, reused
  std::vector<std::int32_t> touched_;
  std::vector<delivered> delivered_;

public:
  memory_writer(std::shared_ptr<log_state> log, std::shared_ptr<topic_state> topic, std::shared_ptr<waker> room)
      : log_(std::move(log))
      , topic_(std::move(topic))
      , room_(std::move(room)) {}

  [[nodiscard]] std::int32_t partitions() const override { return topic_->count(); }

  result<void> send(std::span<const outgoing_record> records, delivery_callback done) override {
    if (topic_->removed()) return user_error(errc::not_found, "topic " + topic_->name().value() + " was removed");
    if (topic_->closed())
      return user_error(errc::closed, "topic " + topic_->name().value() + " is closed: all its writers completed");
    while (static_cast<std::int32_t>(partitions_.size()) < topic_->count())
      partitions_.push_back(&topic_->at(static_cast<std::int32_t>(partitions_.size())));
    picked_.resize(partitions_.size());
    for (const auto p : touched_) picked_[static_cast<std::size_t>(p)].clear();
    touched_.clear();
    if (auto checked = pick(records); !checked) return checked;
    if (topic_->full())
      if (auto room = make_room(); !room) return room;

    {
      wake_list wakes;
      const auto now = log_->clock.wall_now();
      delivered_.clear();
      std::sort(touched_.begin(), touched_.end());
      for (const auto p : touched_) {
        const auto at = static_cast<std::size_t>(p);
        delivered_.push_back(
            {partition_id(p), record_offset(partitions_[at]->append(records, picked_[at], now, wakes))});
      }
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

public:
  memory_producer(std::shared_ptr<log_state> log, std::function<void()> on_room)
      : log_(std::move(log))
      , room_(std::make_shared<waker>(std::move(on_room))) {}
  ~memory_producer() override { room_->disarm(); }

  result<std::unique_ptr<topic_writer>> open(const topic_name& topic) override {
    auto t = log_->topic(topic);
    if (!t) return unexpected(std::move(t).error());
    return std::unique_ptr<topic_writer>(std::make_unique<memory_writer>(log_, *t, room_));
  }
  void flush(completion_callback done) override {
    if (done) done({}); // `send` has acknowledged before it returned
  }
  result<void> begin() override { return no_transactions(); }
  result<void> send_offsets(const group_token&, std::span<const source_position>) override { return no_transactions(); }
  void commit(completion_callback done) override {
    if (done) done(no_transactions());
  }
  void abort(completion_callback done) override {
    if (done) done(no_transactions());
  }
};

} // namespace

result<std::unique_ptr<producer>> open_producer(std::shared_ptr<log_state> log, producer_options options) {
  if (!options.transactional_id.empty()) return no_transactions();
  return std::unique_ptr<producer>(std::make_unique<memory_producer>(std::move(log), std::move(options.on_room)));
}

} // namespace cloudflow::log::internal
