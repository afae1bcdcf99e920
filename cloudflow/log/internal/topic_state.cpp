#include "cloudflow/log/internal/topic_state.hpp"

#include "cloudflow/log/internal/journal.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

topic_state::topic_state(topic_spec spec, std::uint32_t uid, std::uint64_t unread_kept,
                         std::shared_ptr<spill_budget> budget, metric_registry* metrics, internal::journal* journal)
    : budget_(std::move(budget)) {
  shared.spec = std::move(spec);
  shared.uid = uid;
  shared.unread_kept = unread_kept;
  shared.budget = budget_.get();
  shared.journal = journal;
  shared.cleanup = shared.spec.cleanup;
  if (journal != nullptr && shared.cleanup == cleanup_policy::consumed) shared.cleanup = cleanup_policy::retain;
  if (metrics != nullptr) {
    const auto of_topic = [&](std::string_view name, std::string_view help) {
      return &metrics->get_counter(name, {{"topic", shared.spec.name.value()}}, help);
    };
    shared.records_in = of_topic("cloudflow_log_appended_records_total", "Records appended to the topic");
    shared.bytes_in = of_topic("cloudflow_log_appended_bytes_total", "Keys, values and headers appended to the topic");
    shared.records_out =
        of_topic("cloudflow_log_read_records_total", "Records read from the topic, by all its readers");
    shared.bytes_out = of_topic("cloudflow_log_read_bytes_total", "Keys, values and headers read from the topic");
    shared.dropped = of_topic("cloudflow_log_dropped_records_total", "Records dropped because nobody reads the topic");
    shared.spilled = of_topic("cloudflow_log_spilled_bytes_total", "Bytes moved from memory to the store");
  }
  shared.segments = std::make_shared<segment_pool>(full_segment(shared.spec),
                                                   2 * static_cast<std::size_t>(std::max(1, shared.spec.partitions)));
  grow(shared.spec.partitions);
}

partition& topic_state::at(std::int32_t index) const {
  const std::lock_guard lock(mutex_);
  return *partitions_[static_cast<std::size_t>(index)];
}

void topic_state::grow(std::int32_t total) {
  const std::lock_guard lock(mutex_);
  while (static_cast<std::int32_t>(partitions_.size()) < total)
    partitions_.push_back(std::make_unique<partition>(shared, static_cast<std::int32_t>(partitions_.size())));
  count_.store(static_cast<std::int32_t>(partitions_.size()), std::memory_order_release);
}

void topic_state::remove(wake_list& wakes) {
  removed_.store(true, std::memory_order_seq_cst);
  for_each_partition([&](partition& p) { p.wake_all(wakes); });
}

result<void> topic_state::declare_writer(std::string_view writer) {
  const std::lock_guard lock(mutex_);
  if (writers_.contains(writer)) return {};
  if (completed_.load()) return user_error(errc::closed, "topic " + name().value() + " is closed");
  if (shared.journal != nullptr)
    if (auto put = shared.journal->put(keys::writer(shared.uid, writer), packer().u8(0).view()); !put) return put;
  writers_.emplace(std::string(writer), false);
  return {};
}

result<void> topic_state::complete_writer(std::string_view writer, wake_list& wakes) {
  {
    const std::lock_guard lock(mutex_);
    const auto at = writers_.find(writer);
    if (at == writers_.end())
      return user_error(errc::not_found,
                        "no writer '" + std::string(writer) + "' was declared for topic " + name().value());
    // What a transaction still holds is not there yet: its end is noted when the transaction has ended.
    if (transactions_ == 0)
      if (auto noted = note_completed(writer); !noted) return noted;
    at->second = true;
    if (!std::all_of(writers_.begin(), writers_.end(), [](const auto& w) { return w.second; })) return {};
    completed_.store(true, std::memory_order_seq_cst);
  }
  close_if_done(wakes);
  return {};
}

result<void> topic_state::note_completed(std::string_view writer) {
  if (shared.journal == nullptr) return {};
  return shared.journal->put(keys::writer(shared.uid, writer), packer().u8(1).view());
}

bool topic_state::enter_transaction() {
  const std::lock_guard lock(mutex_);
  if (completed_.load()) return false;
  ++transactions_;
  return true;
}

void topic_state::leave_transaction(wake_list& wakes) {
  {
    const std::lock_guard lock(mutex_);
    --transactions_;
    // Should it fail, the writer completes again after a restart.
    if (transactions_ == 0)
      for (const auto& [writer, completed] : writers_)
        if (completed && shared.journal != nullptr) static_cast<void>(note_completed(writer));
  }
  close_if_done(wakes);
}

void topic_state::close_if_done(wake_list& wakes) {
  {
    const std::lock_guard lock(mutex_);
    if (!completed_.load() || transactions_ != 0 || closed_.load()) return;
    closed_.store(true, std::memory_order_seq_cst);
  }
  for_each_partition([&](partition& p) { p.wake_all(wakes); });
}

result<void> topic_state::recover() {
  auto done = shared.journal->scan(keys::all('w', shared.uid), [&](unpacker key, bytes_view value) {
    key.u32();
    writers_[std::string(key.rest())] = unpacker(value).u8() != 0;
    return value.size() == 1;
  });
  if (!done) return done;
  const bool all = std::all_of(writers_.begin(), writers_.end(), [](const auto& w) { return w.second; });
  if (!writers_.empty() && all) {
    completed_.store(true);
    closed_.store(true);
  }
  for_each_partition([&](partition& p) {
    if (done) done = p.recover();
  });
  return done;
}

result<bool> topic_state::make_room() {
  while (shared.memory.load(std::memory_order_relaxed) > shared.spec.max_memory_bytes) {
    partition* most = nullptr;
    std::size_t bytes = 0;
    for_each_partition([&](partition& p) {
      const auto held = p.sealed_in_memory();
      if (held > bytes) {
        bytes = held;
        most = &p;
      }
    });
    if (most == nullptr) break; // only what is written to now: bounded by the number of partitions
    auto spilled = most->spill_one();
    if (!spilled || !*spilled) {
      full_.store(true, std::memory_order_relaxed);
      return spilled;
    }
  }
  full_.store(false, std::memory_order_relaxed);
  return true;
}

void topic_state::maintain(timestamp now) {
  for_each_partition([&](partition& p) {
    p.apply_retention(now);
    static_cast<void>(p.compact(now)); // a store that fails shows where the records are read
  });
}

} // namespace cloudflow::log::internal
