#include "cloudflow/base/assert.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/log/internal/journal.hpp"
#include "cloudflow/log/internal/partition.hpp"

#include <algorithm>
#include <string_view>
#include <unordered_map>

// What a partition forgets and moves away: retention, compaction, spilling.

namespace cloudflow::log::internal {

void partition::release(slot& s) {
  topic_.budget->released.fetch_add(1, std::memory_order_seq_cst);
  if (s.stored) {
    topic_.budget->used.fetch_sub(s.bytes, std::memory_order_relaxed);
    // What cannot be removed stays as garbage in a temporary store.
    if (!s.data && topic_.journal == nullptr && topic_.budget->store != nullptr)
      static_cast<void>(topic_.budget->store->remove(key_of(s)));
  } else {
    topic_.memory.fetch_sub(s.data->capacity, std::memory_order_relaxed);
  }
}

void partition::drop_front() {
  retained_bytes_ -= slots_.front().bytes;
  release(slots_.front());
  slots_.pop_front();
}

void partition::raise_first(std::int64_t to) {
  first_ = std::max(first_, to);
  const auto before = slots_.size();
  while (slots_.size() > 1 && slots_.front().next <= first_) drop_front();
  if (topic_.journal != nullptr && slots_.size() != before) forget_in_journal();
}

void partition::forget_before(std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  if (slots_.empty()) return;
  // A tail stays to be looked at, as far as it costs nothing: what lies in the segment that is written to anyway.
  const auto newest = next_.load(std::memory_order_relaxed) - static_cast<std::int64_t>(topic_.unread_kept);
  raise_first(std::min(offset, std::max(newest, slots_.back().base)));
}

void partition::apply_retention(timestamp now) {
  if (topic_.cleanup != cleanup_policy::retain) return;
  const std::lock_guard lock(mutex_);
  const auto next = next_.load(std::memory_order_relaxed);
  if (topic_.spec.retention_bytes) {
    while (slots_.size() > 1 && retained_bytes_ - slots_.front().bytes >= *topic_.spec.retention_bytes)
      raise_first(slots_.front().next);
  }
  if (!topic_.spec.retention_time) return;
  const auto oldest = (now - *topic_.spec.retention_time).time_since_epoch().count();
  while (!slots_.empty() && slots_.front().max_time < oldest && first_ < slots_.front().next) {
    const bool last = slots_.size() == 1;
    raise_first(slots_.front().next);
    if (last) break;
  }
  // The first segment that has something younger: forget the old records at its front.
  if (slots_.empty() || first_ >= next || !slots_.front().data) return;
  const auto& s = slots_.front();
  for (std::size_t at = 0; at < s.data->size;) {
    const auto f = frame::at(s.data->data.get() + at);
    if (f.time >= oldest) break;
    first_ = std::max(first_, f.offset + 1);
    at += f.size();
  }
}

result<void> partition::compact(timestamp now) {
  if (topic_.cleanup != cleanup_policy::compact) return {};
  const std::lock_guard lock(mutex_);
  // Segments with records behind the last stable offset stay as they are.
  const auto stable = last_stable();
  struct piece {
    std::shared_ptr<segment> data;
    aborted_list aborted;
  };
  std::vector<piece> old;
  std::unordered_map<std::string_view, std::int64_t> latest;
  const auto is_dead = [](const piece& of, const frame& f, const std::byte* place) {
    return f.special() && (f.is_control() || is_aborted(of.aborted, f.transaction(place)));
  };
  const auto key_in = [](const frame& f, const std::byte* place) {
    return std::string_view(reinterpret_cast<const char*>(place + sizeof f), static_cast<std::size_t>(f.key));
  };
  for (auto& s : slots_) {
    if (s.next > stable) break;
    auto data = bytes_of(s);
    if (!data) return unexpected(std::move(data).error());
    old.push_back({*data, s.aborted});
    for (std::size_t at = 0; at < (*data)->size;) {
      const auto* place = (*data)->data.get() + at;
      const auto f = frame::at(place);
      if (f.key >= 0 && !is_dead(old.back(), f, place)) latest[key_in(f, place)] = f.offset;
      at += f.size();
    }
  }
  if (old.empty()) return {};
  const auto tombstones_before = (now - topic_.spec.tombstone_retention).time_since_epoch().count();
  std::uint64_t live = 0;
  const auto for_each_live = [&](auto&& visit) {
    for (const auto& of : old)
      for (std::size_t at = 0; at < of.data->size;) {
        const auto* place = of.data->data.get() + at;
        const auto f = frame::at(place);
        at += f.size();
        if (is_dead(of, f, place)) continue;
        if (f.key >= 0 && latest[key_in(f, place)] != f.offset) continue;
        if (f.value < 0 && f.time <= tombstones_before) continue;
        visit(f, bytes_view(place + sizeof f, f.size() - sizeof f));
      }
  };
  for_each_live([&](const frame& f, bytes_view) { live += f.size(); });
  // The end of the count stays where it is, so that nobody's backlog jumps.
  const auto rest = slots_.begin() + static_cast<std::ptrdiff_t>(old.size());
  const auto end = rest == slots_.end() ? cumulated_.load(std::memory_order_relaxed) : rest->begin_cumulated;
  auto cumulated = end - live;
  std::deque<slot> fresh;
  for_each_live([&](const frame& f, bytes_view body) {
    if (fresh.empty() || fresh.back().data->size + f.size() > fresh.back().data->capacity) {
      if (!fresh.empty()) fresh.back().data->sealed = true;
      const auto capacity = std::max<std::size_t>(f.size(), std::min<std::uint64_t>(live, segment_bytes_));
      fresh.push_back(new_slot(f.offset, capacity, cumulated));
    }
    write(fresh.back(), f, {&body, 1});
    cumulated += f.size();
  });
  CLOUDFLOW_ASSERT(cumulated == end, "compaction lost count of its bytes");
  if (!fresh.empty() && (topic_.journal != nullptr || rest != slots_.end())) fresh.back().data->sealed = true;
  if (topic_.journal != nullptr)
    if (auto saved = save_compacted(fresh, (rest - 1)->next); !saved) {
      for (auto& s : fresh) release(s);
      return saved;
    }
  for (const auto& of : old) of.data->sealed = true;
  for (auto s = slots_.begin(); s != rest; ++s) {
    retained_bytes_ -= s->bytes;
    release(*s);
  }
  slots_.erase(slots_.begin(), rest);
  slots_.insert(slots_.begin(), std::make_move_iterator(fresh.begin()), std::make_move_iterator(fresh.end()));
  ++compactions_;
  retained_bytes_ += live;
  compacted_bytes_ = retained_bytes_;
  return {};
}

std::size_t partition::sealed_in_memory() const {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& s : slots_)
    if (!s.stored && !s.spilling && s.data->sealed) bytes += s.data->capacity;
  return bytes;
}

result<bool> partition::spill_one() {
  std::shared_ptr<segment> data;
  slot wanted;
  {
    const std::lock_guard lock(mutex_);
    const auto at = std::find_if(slots_.begin(), slots_.end(),
                                 [](const slot& s) { return !s.stored && !s.spilling && s.data->sealed; });
    if (at == slots_.end()) return false;
    auto& budget = *topic_.budget;
    auto used = budget.used.load(std::memory_order_relaxed);
    do {
      if (used + at->bytes > budget.bound) return false;
    } while (!budget.used.compare_exchange_weak(used, used + at->bytes, std::memory_order_relaxed));
    if (topic_.journal != nullptr) {
      if (auto saved = save_open(*at); !saved) {
        budget.used.fetch_sub(at->bytes, std::memory_order_relaxed);
        return unexpected(std::move(saved).error());
      }
      at->stored = true;
      at->loaded = at->data;
      topic_.memory.fetch_sub(at->data->capacity, std::memory_order_relaxed);
      if (topic_.spilled != nullptr) topic_.spilled->add(at->bytes);
      at->data.reset();
      return true;
    }
    if (budget.store == nullptr) {
      at->stored = true;
      topic_.memory.fetch_sub(at->data->capacity, std::memory_order_relaxed);
      return true;
    }
    at->spilling = true;
    data = at->data;
    wanted = *at;
  }
  auto done = topic_.budget->store->put(key_of(wanted), {data->data.get(), wanted.bytes});
  const std::lock_guard lock(mutex_);
  const auto at =
      std::find_if(slots_.begin(), slots_.end(), [&](const slot& s) { return s.spilling && s.data == data; });
  if (!done || at == slots_.end()) { // failed, or forgotten meanwhile
    topic_.budget->used.fetch_sub(wanted.bytes, std::memory_order_relaxed);
    if (at != slots_.end()) at->spilling = false;
    if (!done) return unexpected(done.error().wrap("cannot spill topic " + topic_.spec.name.value()));
    static_cast<void>(topic_.budget->store->remove(key_of(wanted)));
    return true;
  }
  at->spilling = false;
  at->stored = true;
  at->loaded = at->data;
  at->data.reset();
  topic_.memory.fetch_sub(data->capacity, std::memory_order_relaxed);
  if (topic_.spilled != nullptr) topic_.spilled->add(wanted.bytes);
  return true;
}

} // namespace cloudflow::log::internal
