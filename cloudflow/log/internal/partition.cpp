#include "cloudflow/log/internal/partition.hpp"

#include "cloudflow/base/assert.hpp"
#include "cloudflow/base/metric.hpp"

#include <algorithm>
#include <limits>
#include <string_view>
#include <unordered_map>

namespace cloudflow::log::internal {

namespace {

constexpr std::size_t smallest_segment = 4 << 10;
constexpr std::size_t largest_segment = 256 << 10;
constexpr std::uint64_t compaction_step = 1 << 20;

std::size_t framed(const outgoing_record& r, std::uint64_t transaction) {
  const auto payload = (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0) + r.headers.encoded().size();
  return ((sizeof(frame) + payload + 7) & ~std::size_t{7}) + (transaction != 0 ? sizeof transaction : 0);
}

constexpr std::size_t marker_size = sizeof(frame) + sizeof(std::uint64_t);

void append_big_endian(bytes& to, std::uint64_t value, int size) {
  for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) to.push_back(static_cast<std::byte>(value >> shift));
}

} // namespace

std::size_t full_segment(const topic_spec& spec) {
  const auto share = spec.max_memory_bytes / (4 * static_cast<std::uint64_t>(std::max(1, spec.partitions)));
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(share, smallest_segment, largest_segment));
}

partition::partition(topic_shared& topic, std::int32_t index)
    : topic_(topic)
    , index_(index)
    , segment_bytes_(full_segment(topic.spec)) {}

partition::~partition() {
  for (auto& s : slots_) release(s);
}

partition::slot partition::new_slot(std::int64_t base, std::size_t capacity, std::uint64_t begin_cumulated) {
  slot s;
  s.id = next_slot_++;
  s.base = s.next = base;
  s.begin_cumulated = begin_cumulated;
  s.data = std::make_shared<segment>(capacity, topic_.segments);
  s.data->begin_cumulated = begin_cumulated;
  topic_.memory.fetch_add(capacity, std::memory_order_relaxed);
  return s;
}

[[gnu::noinline]] void partition::add_segment(std::int64_t base, std::size_t at_least) {
  std::size_t capacity = smallest_segment;
  if (!slots_.empty() && slots_.back().data) {
    auto& last = slots_.back();
    last.data->sealed = true;
    capacity = 2 * last.data->capacity;
  }
  capacity = std::max(std::min(capacity, segment_bytes_), at_least);
  slots_.push_back(new_slot(base, capacity, cumulated_.load(std::memory_order_relaxed)));
}

void partition::write(slot& to, const frame& f, std::span<const bytes_view> parts) {
  auto* place = to.data->data.get() + to.data->size;
  const auto size = f.size();
  std::memset(place + size - 16, 0, 16); // what stays of it is padding, and goes to the store
  std::memcpy(place, &f, sizeof f);
  place += sizeof f;
  for (const auto part : parts) {
    if (!part.empty()) std::memcpy(place, part.data(), part.size());
    place += part.size();
  }
  to.data->size += size;
  to.bytes += size;
  to.next = f.offset + 1;
  to.max_time = std::max(to.max_time, f.time);
  ++to.count;
}

partition::written partition::write_records(std::span<const outgoing_record> records,
                                            std::span<const std::uint32_t> picked, timestamp now,
                                            std::uint64_t transaction) {
  const bool own_time = topic_.spec.timestamps == timestamp_kind::append;
  written done{next_.load(std::memory_order_relaxed), cumulated_.load(std::memory_order_relaxed), 0, false};
  for (const auto i : picked) {
    const auto& r = records[i];
    const auto total = framed(r, transaction);
    if (!fits(total)) {
      cumulated_.store(done.cumulated, std::memory_order_relaxed);
      done.rolled = done.rolled || !slots_.empty();
      add_segment(done.next, total);
    }
    const frame f{static_cast<std::uint32_t>(total) | (transaction != 0 ? frame::transactional : 0),
                  r.key ? static_cast<std::int32_t>(r.key->size()) : -1,
                  r.value ? static_cast<std::int32_t>(r.value->size()) : -1,
                  static_cast<std::uint32_t>(r.headers.encoded().size()),
                  (own_time || !r.time ? now : *r.time).time_since_epoch().count(),
                  done.next++};
    const bytes_view parts[3] = {r.key.value_or(bytes_view()), r.value.value_or(bytes_view()), r.headers.encoded()};
    auto& to = slots_.back();
    write(to, f, parts);
    if (transaction != 0)
      std::memcpy(to.data->data.get() + to.data->size - sizeof transaction, &transaction, sizeof transaction);
    done.cumulated += total;
    retained_bytes_ += total;
    done.payload += f.payload();
  }
  return done;
}

void partition::show(const written& done, wake_list& wakes) {
  next_.store(done.next, std::memory_order_release);
  cumulated_.store(done.cumulated, std::memory_order_seq_cst);
  if (topic_.cleanup == cleanup_policy::consumed && topic_.readers.load(std::memory_order_relaxed) == 0) {
    const auto keep = static_cast<std::int64_t>(topic_.unread_kept);
    if (done.next - first_ > keep) {
      if (topic_.dropped != nullptr) topic_.dropped->add(static_cast<std::uint64_t>(done.next - keep - first_));
      raise_first(done.next - keep);
    }
  }
  for (const auto& w : wakers_) wakes.signal(w);
}

void partition::account(const written& done, std::size_t records, timestamp now) {
  if (topic_.records_in != nullptr) {
    topic_.records_in->add(records);
    topic_.bytes_in->add(done.payload);
  }
  if (done.rolled) clean_up(now);
}

[[gnu::noinline]] void partition::clean_up(timestamp now) {
  apply_retention(now);
  // A store that cannot be read shows where the records are read; here it only keeps garbage a little longer.
  if (topic_.cleanup == cleanup_policy::compact) {
    bool due = false;
    {
      const std::lock_guard lock(mutex_);
      due = retained_bytes_ > compacted_bytes_ + std::max(compaction_step, compacted_bytes_);
    }
    if (due) static_cast<void>(compact(now));
  }
}

// Flat, because single records are appended all the time.
[[gnu::flatten]] std::int64_t partition::append(std::span<const outgoing_record> records,
                                                std::span<const std::uint32_t> picked, timestamp now,
                                                std::uint64_t transaction, wake_list& wakes) {
  if (transaction != 0) return append_open(records, picked, now, transaction, wakes);
  written done;
  {
    const std::lock_guard lock(mutex_);
    done = write_records(records, picked, now, 0);
    show(done, wakes);
  }
  account(done, picked.size(), now);
  return done.next - 1;
}

[[gnu::noinline]] std::int64_t partition::append_open(std::span<const outgoing_record> records,
                                                      std::span<const std::uint32_t> picked, timestamp now,
                                                      std::uint64_t transaction, wake_list& wakes) {
  written done;
  {
    const std::lock_guard lock(mutex_);
    const auto before = mark_now();
    auto& open = open_.try_emplace(transaction, open_transaction{next_.load(std::memory_order_relaxed), {}, false})
                     .first->second;
    note_open();
    done = write_records(records, picked, now, transaction);
    if (topic_.journal != nullptr) // goes there with the commit
      for_each_region(before, [&](const slot& s, std::size_t begin, std::size_t end) {
        auto& list = open.records;
        if (!list.empty() && list.back().in == s.data && list.back().end == begin)
          list.back().end = end;
        else
          list.push_back({s.data, begin, end, frame::at(s.data->data.get() + begin).offset});
      });
    show(done, wakes);
  }
  account(done, picked.size(), now);
  return done.next - 1;
}

void partition::note_open() {
  auto first = std::numeric_limits<std::int64_t>::max();
  for (const auto& [number, open] : open_) first = std::min(first, open.first);
  open_first_.store(first, std::memory_order_release);
}

void partition::end_transaction(std::uint64_t transaction, bool committed, wake_list& wakes) {
  const std::lock_guard lock(mutex_);
  apply_end(transaction, committed, wakes);
}

void partition::apply_end(std::uint64_t transaction, bool committed, wake_list& wakes) {
  const auto open = open_.find(transaction);
  if (open == open_.end()) return;
  const auto offset = next_.load(std::memory_order_relaxed);
  if (!committed) mark_aborted(transaction, open->second.first, offset);
  open_.erase(open);
  if (!fits(marker_size)) add_segment(offset, marker_size);
  // Its time is before all others, so that retention and seeks by time pass over it.
  const frame f{marker_size | frame::transactional | frame::control, -1, -1, 0, INT64_MIN, offset};
  auto& to = slots_.back();
  write(to, f, {});
  std::memcpy(to.data->data.get() + to.data->size - sizeof transaction, &transaction, sizeof transaction);
  retained_bytes_ += marker_size;
  next_.store(offset + 1, std::memory_order_release);
  cumulated_.fetch_add(marker_size, std::memory_order_seq_cst);
  note_open();
  for (const auto& w : wakers_) wakes.signal(w);
}

void partition::mark_aborted(std::uint64_t transaction, std::int64_t first, std::int64_t last) {
  for (auto& s : slots_) {
    if (s.next <= first || s.base >= last) continue;
    auto list = s.aborted ? *s.aborted : std::vector<std::uint64_t>();
    list.insert(std::upper_bound(list.begin(), list.end(), transaction), transaction);
    s.aborted = std::make_shared<const std::vector<std::uint64_t>>(std::move(list));
    if (s.data) s.data->aborted = s.aborted;
    if (const auto loaded = s.loaded.lock()) loaded->aborted = s.aborted;
  }
}

partition::slot* partition::slot_of(std::int64_t offset) {
  const auto at = std::partition_point(slots_.begin(), slots_.end(), [&](const slot& s) { return s.next <= offset; });
  return at == slots_.end() ? nullptr : &*at;
}

bytes partition::key_of(const slot& s) const {
  bytes key{std::byte{'s'}};
  append_big_endian(key, topic_.uid, 4);
  append_big_endian(key, static_cast<std::uint32_t>(index_), 4);
  append_big_endian(key, s.id, 8);
  return key;
}

result<std::shared_ptr<segment>> partition::load(const slot& s) const {
  if (topic_.journal != nullptr) return load_chunks(s);
  bytes data;
  auto found = topic_.budget->store->get(key_of(s), data);
  if (!found) return unexpected(found.error().wrap("cannot read back a segment of topic " + topic_.spec.name.value()));
  if (!*found || data.size() != s.bytes)
    return system_error(errc::corrupt, "a segment of topic " + topic_.spec.name.value() + "/" + std::to_string(index_) +
                                           " at offset " + std::to_string(s.base) + " is " +
                                           (*found ? "cut short" : "missing") + " in the store");
  auto read = std::make_shared<segment>(data.size(), nullptr);
  std::memcpy(read->data.get(), data.data(), data.size());
  read->size = data.size();
  read->sealed = true;
  read->begin_cumulated = s.begin_cumulated;
  return read;
}

// Under the mutex, for the rare walks that may wait for the store there.
result<std::shared_ptr<segment>> partition::bytes_of(slot& s) {
  if (s.data) return s.data;
  if (auto loaded = s.loaded.lock()) return loaded;
  return load(s);
}

result<fetched> partition::fetch(read_cursor& at, source_partition source, isolation level, std::size_t& records_left,
                                 std::size_t& bytes_left, record_batch& into) {
  const bool committed_only = level == isolation::read_committed;
  std::uint64_t given = 0, payload = 0;
  aborted_list aborted; // of the segment that is read
  const auto count = [&] {
    if (topic_.records_out != nullptr && given != 0) {
      topic_.records_out->add(given);
      topic_.bytes_out->add(payload);
    }
  };
  for (;;) {
    std::size_t end = 0;
    std::int64_t stable = 0;
    {
      std::unique_lock lock(mutex_);
      const auto next = next_.load(std::memory_order_relaxed);
      stable = committed_only ? std::min(next, open_first_.load(std::memory_order_relaxed)) : next;
      if (at.next < first_ || at.next > next) {
        count();
        return given != 0 ? fetched::more : fetched::out_of_range;
      }
      if (at.compactions != compactions_) {
        at.jump(at.next);
        at.compactions = compactions_;
      }
      if (at.next >= stable) {
        count();
        if (at.next == next) {
          at.cumulated = cumulated_.load(std::memory_order_relaxed);
          return fetched::at_end;
        }
        if (!at.at)
          if (const auto before = cumulated_below(at.next)) at.cumulated = *before;
        return fetched::held;
      }
      if (records_left == 0 || bytes_left == 0) {
        count();
        return fetched::more;
      }
      if (!at.at || at.position == at.at->size) {
        slot* s = slot_of(at.next);
        if (s == nullptr) { // the rest was compacted away
          at.jump(stable);
          continue;
        }
        auto data = s->data ? s->data : s->loaded.lock();
        if (data && data == at.at) { // what is left of it is gone
          at.next = std::min(s->next, stable);
          continue;
        }
        if (!data) {
          const slot wanted = *s; // keeps its key while the lock is gone
          lock.unlock();
          auto read = load(wanted);
          lock.lock();
          s = slot_of(at.next);
          if (s == nullptr || s->id != wanted.id) continue; // forgotten meanwhile
          if (!read) return unexpected(std::move(read).error());
          data = *read;
          data->aborted = s->aborted;
          s->loaded = data;
        }
        at.at = std::move(data);
        at.position = 0;
      }
      end = at.at->size;
      if (committed_only && aborted != at.at->aborted) aborted = at.at->aborted;
    }
    // Below `end` nothing changes any more: no lock.
    const auto* base = at.at->data.get();
    bool added = false;
    std::uint64_t known = 0; // the transaction of the record before, and
    bool skipped = false;    // whether it was aborted
    while (at.position < end && records_left != 0 && bytes_left != 0) {
      const auto* place = base + at.position;
      const auto f = frame::at(place);
      if (f.offset >= at.next) {
        if (f.offset >= stable) {
          at.next = stable;
          break;
        }
        bool hidden = false;
        if (f.special()) {
          if (const auto number = f.transaction(place); number != known) {
            known = number;
            skipped = is_aborted(aborted, number);
          }
          hidden = skipped || f.is_control();
        }
        if (!hidden) {
          const auto size = f.payload();
          if (size > bytes_left && !into.empty()) {
            bytes_left = 0;
            break;
          }
          into.add(f.view(place, source));
          --records_left;
          bytes_left -= std::min(size, bytes_left);
          ++given;
          payload += size;
          added = true;
        }
        at.next = f.offset + 1;
      }
      at.position += f.size();
    }
    at.cumulated = at.at->begin_cumulated + at.position;
    if (added) into.keep_alive(at.at);
  }
}

std::int64_t partition::first() const {
  const std::lock_guard lock(mutex_);
  return first_;
}

result<std::uint64_t> partition::cumulated_before(std::int64_t offset) {
  const std::lock_guard lock(mutex_);
  return cumulated_below(offset);
}

result<std::uint64_t> partition::cumulated_below(std::int64_t offset) {
  slot* s = slot_of(std::max(offset, first_));
  if (s == nullptr) return cumulated_.load(std::memory_order_relaxed);
  if (offset <= s->base) return s->begin_cumulated;
  auto data = bytes_of(*s);
  if (!data) return unexpected(std::move(data).error());
  std::size_t at = 0;
  while (at < (*data)->size) {
    const auto f = frame::at((*data)->data.get() + at);
    if (f.offset >= offset) break;
    at += f.size();
  }
  return s->begin_cumulated + at;
}

result<std::optional<std::int64_t>> partition::offset_at(std::int64_t time) {
  const std::lock_guard lock(mutex_);
  for (auto& s : slots_) {
    if (s.max_time < time || s.next <= first_) continue;
    auto data = bytes_of(s);
    if (!data) return unexpected(std::move(data).error());
    for (std::size_t at = 0; at < (*data)->size;) {
      const auto f = frame::at((*data)->data.get() + at);
      const bool hidden =
          f.special() && (f.is_control() || is_aborted(s.aborted, f.transaction((*data)->data.get() + at)));
      if (!hidden && f.time >= time && f.offset >= first_) return std::optional(f.offset);
      at += f.size();
    }
  }
  return std::optional<std::int64_t>();
}

void partition::add_waker(const std::shared_ptr<waker>& w) {
  const std::lock_guard lock(mutex_);
  wakers_.push_back(w);
}

void partition::remove_waker(const std::shared_ptr<waker>& w) {
  const std::lock_guard lock(mutex_);
  const auto at = std::find(wakers_.begin(), wakers_.end(), w);
  if (at != wakers_.end()) wakers_.erase(at);
}

void partition::wake_all(wake_list& wakes) {
  const std::lock_guard lock(mutex_);
  for (const auto& w : wakers_) wakes.signal(w);
}

} // namespace cloudflow::log::internal
