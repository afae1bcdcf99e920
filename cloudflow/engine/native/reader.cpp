#include "cloudflow/engine/native/reader.hpp"

#include <algorithm>

namespace cloudflow::engine {

result<std::unique_ptr<reader>> reader::open(const backend::instance& what, log::topic_log& log,
                                             std::vector<port_name> inlets, std::function<void()> on_available) {
  std::unique_ptr<reader> r(new reader);
  const auto& first = what.settings.ports.at(inlets.front());
  log::consumer_options options;
  for (const auto& inlet : inlets) options.topics.push_back(what.settings.ports.at(inlet).topic);
  options.group = first.group;
  options.client_id = what.settings.app_id + "." + what.settings.name.value();
  options.on_available = std::move(on_available);
  if (first.unique_group) {
    options.membership = log::membership::all_partitions;
    r->broadcast_ = true;
  }
  auto topic = log.describe_topic(first.topic);
  if (!topic) return unexpected(topic.error());
  r->partitions_ = topic->spec.partitions;
  auto consumer = log.open_consumer(std::move(options));
  if (!consumer) return unexpected(consumer.error());
  r->consumer_ = std::move(*consumer);
  r->inlets_ = std::move(inlets);
  return r;
}

result<void> reader::poll(log::polled& into) {
  auto done = consumer_->poll({}, into);
  for (const auto& event : into.events) note(event);
  for (const auto& r : into.records)
    if (const auto at = owned_.find(r.source); at != owned_.end())
      at->second.next = record_offset(r.offset.value() + 1);
  return done;
}

void reader::note(const log::consumer_event& event) {
  using enum log::consumer_event_kind;
  for (const auto& p : event.positions) {
    if (event.kind == assigned) {
      owned_.insert_or_assign(p.source, standing{p.next, p.next});
      continue;
    }
    const auto at = owned_.find(p.source);
    if (at == owned_.end()) continue;
    if (event.kind == revoking)
      at->second.revoking = true;
    else if (event.kind == completed)
      at->second.completed = true;
    else if (event.kind == lost)
      owned_.erase(at);
  }
}

bool reader::owns(partition_id partition) const {
  return std::any_of(owned_.begin(), owned_.end(), [&](const auto& o) { return o.first.partition == partition; });
}

bool reader::has_read_all() const {
  return !owned_.empty() && std::all_of(owned_.begin(), owned_.end(), [](const auto& o) { return o.second.completed; });
}

void reader::pause(log::source_partition source) {
  const auto at = owned_.find(source);
  if (at == owned_.end() || at->second.paused) return;
  at->second.paused = consumer_->pause({&source, 1}).has_value(); // refused only if it was lost meanwhile
}

void reader::resume_paused(const std::function<bool(log::source_partition)>& full) {
  for (auto& [source, state] : owned_) {
    if (!state.paused || full(source)) continue;
    (void)consumer_->resume({&source, 1}); // refused only if it was lost meanwhile
    state.paused = false;
  }
}

void reader::commit(std::span<const log::source_position> positions) {
  if (broadcast_) return;
  note_committed(positions);
  consumer_->commit(positions);
}

void reader::note_committed(std::span<const log::source_position> positions) {
  for (const auto& p : positions)
    if (const auto at = owned_.find(p.source); at != owned_.end()) at->second.resume = p.next;
}

void reader::rewind(partition_id task) {
  for (auto& [source, state] : owned_) {
    if (!broadcast_ && source.partition != task) continue;
    if (state.next == state.resume && !state.completed) continue;
    if (!consumer_->seek(source, state.resume)) continue; // refused only if it was lost meanwhile
    state.next = state.resume;
    state.completed = false;
  }
}

result<void> reader::begin_at_end(partition_id task, const port_name& inlet, const log::topic_log& log,
                                  const topic_name& topic) {
  const auto index = std::find(inlets_.begin(), inlets_.end(), inlet);
  if (index == inlets_.end()) return {};
  const auto number = static_cast<std::uint32_t>(index - inlets_.begin());
  std::vector<log::source_position> begin;
  for (auto& [source, state] : owned_) {
    if (source.topic != number || (!broadcast_ && source.partition != task)) continue;
    if (broadcast_) {
      if (!begun_.insert(source).second) continue;
    } else {
      const auto committed = consumer_->committed(source);
      if (!committed) return unexpected(committed.error());
      if (*committed) continue;
    }
    const auto end = log.offsets({topic, source.partition});
    if (!end) return unexpected(end.error());
    if (auto sought = consumer_->seek(source, end->next); !sought) return sought;
    state.next = state.resume = end->next;
    state.completed = false;
    begin.push_back({source, end->next});
  }
  if (!begin.empty()) commit(begin);
  return {};
}

std::set<partition_id> reader::asked_back() const {
  std::set<partition_id> out;
  for (const auto& [source, state] : owned_)
    if (state.revoking) out.insert(source.partition);
  return out;
}

void reader::release(partition_id partition) {
  std::vector<log::source_partition> free;
  for (const auto& [source, state] : owned_)
    if (state.revoking && source.partition == partition) free.push_back(source);
  if (free.empty()) return;
  (void)consumer_->release(free); // refused only for a partition that was lost meanwhile
  for (const auto& source : free) owned_.erase(source);
}

} // namespace cloudflow::engine
