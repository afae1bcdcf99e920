#include "cloudflow/log/internal/journal.hpp"
#include "cloudflow/log/internal/partition.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

// How a partition of a durable log gets into the journal and out of it.

namespace cloudflow::log::internal {

namespace {

constexpr auto no_end = std::numeric_limits<std::int64_t>::max();

bool are_headers(bytes_view encoded) {
  while (!encoded.empty()) {
    if (encoded.size() < 8) return false;
    std::uint32_t lengths[2];
    std::memcpy(lengths, encoded.data(), sizeof lengths);
    const auto size = std::size_t{8} + lengths[0] + lengths[1];
    if (encoded.size() < size) return false;
    encoded = encoded.subspan(size);
  }
  return true;
}

// Visits the frames of a chunk; false if they do not fit into it, or are out of order.
template <class F> bool for_each_frame(bytes_view chunk, std::int64_t from, F&& visit) {
  while (!chunk.empty()) {
    if (chunk.size() < sizeof(frame)) return false;
    const auto f = frame::at(chunk.data());
    const auto needed = sizeof(frame) + f.payload() + (f.special() ? sizeof(std::uint64_t) : 0);
    if (f.size() > chunk.size() || f.size() < needed || f.key < -1 || f.value < -1 || f.offset < from) return false;
    if (f.headers != 0 && !are_headers(chunk.subspan(sizeof(frame) + f.payload() - f.headers, f.headers))) return false;
    from = f.offset + 1;
    visit(f);
    chunk = chunk.subspan(f.size());
  }
  return true;
}

} // namespace

partition::mark partition::mark_now() const {
  mark m;
  m.slots = slots_.size();
  m.cumulated = cumulated_.load(std::memory_order_relaxed);
  m.retained = retained_bytes_;
  if (slots_.empty() || !slots_.back().data) return m;
  const auto& last = slots_.back();
  m.size = last.data->size;
  m.bytes = last.bytes;
  m.next = last.next;
  m.max_time = last.max_time;
  m.count = last.count;
  m.sealed = last.data->sealed;
  return m;
}

partition::staged partition::stage(std::span<const outgoing_record> records, std::span<const std::uint32_t> picked,
                                   timestamp now, store::write_batch& into) {
  staged held;
  held.lock_ = std::unique_lock(mutex_);
  held.before_ = mark_now();
  held.done_ = write_records(records, picked, now, 0);
  held.records_ = picked.size();
  held.now_ = now;
  for_each_region(held.before_, [&](const slot& s, std::size_t begin, std::size_t end) {
    const auto* from = s.data->data.get() + begin;
    into.put(keys::chunk(topic_.uid, index_, frame::at(from).offset), {from, end - begin});
  });
  index_sealed(into);
  return held;
}

std::int64_t partition::publish(staged& held, wake_list& wakes) {
  show(held.done_, wakes);
  held.lock_.unlock();
  return held.done_.next - 1;
}

void partition::settle(const staged& done) { account(done.done_, done.records_, done.now_); }

void partition::take_back(staged& held) {
  const auto& m = held.before_;
  while (slots_.size() > m.slots) {
    release(slots_.back());
    slots_.pop_back();
  }
  if (!slots_.empty() && slots_.back().data) {
    auto& last = slots_.back();
    last.data->size = m.size;
    last.data->sealed = m.sealed;
    last.bytes = m.bytes;
    last.next = m.next;
    last.max_time = m.max_time;
    last.count = m.count;
    last.indexed = false;
  }
  cumulated_.store(m.cumulated, std::memory_order_relaxed);
  retained_bytes_ = m.retained;
  held.lock_.unlock();
}

// Should the write fail, recovery finds what lies between the segments that it knows.
void partition::index_sealed(store::write_batch& into) {
  for (auto s = slots_.rbegin(); s != slots_.rend(); ++s) {
    if (s->indexed) return;
    if (!s->data || !s->data->sealed) continue;
    into.put(keys::segment(topic_.uid, index_, s->base), index_of(*s));
    s->indexed = true;
  }
}

bytes partition::index_of(const slot& s) const {
  return packer().i64(s.next).u64(s.count).u64(s.bytes).i64(s.max_time).view();
}

void partition::put_head(store::write_batch& into, std::int64_t next) const {
  into.put(keys::head(topic_.uid, index_), packer().i64(first_).i64(next).view());
}

void partition::prepare_end(std::uint64_t transaction, bool committed, store::write_batch& into) {
  const auto found = open_.find(transaction);
  if (found == open_.end()) return;
  const auto& open = found->second;
  const auto marker = next_.load(std::memory_order_relaxed);
  if (committed) {
    for (const auto& r : open.records)
      into.put(keys::chunk(topic_.uid, index_, r.first), {r.in->data.get() + r.begin, r.end - r.begin});
    index_sealed(into);
  } else if (open.saved) {
    into.put(keys::aborted(topic_.uid, index_, marker), packer().u64(transaction).i64(open.first).view());
  }
  if (open.saved) into.remove(keys::open(topic_.uid, index_, transaction));
  put_head(into, marker + 1); // readers' positions pass the marker
}

result<void> partition::save_open(const slot& s) {
  store::write_batch batch;
  for (const auto& [number, open] : open_) {
    bool some = false;
    for (const auto& r : open.records) {
      if (r.in != s.data) continue;
      batch.put(keys::chunk(topic_.uid, index_, r.first), {r.in->data.get() + r.begin, r.end - r.begin});
      some = true;
    }
    if (some) batch.put(keys::open(topic_.uid, index_, number), packer().i64(open.first).view());
  }
  if (batch.empty()) return {};
  if (auto saved = topic_.journal->write(batch); !saved) return saved;
  for (auto& [number, open] : open_)
    open.saved = std::erase_if(open.records, [&](const unsaved& r) { return r.in == s.data; }) != 0 || open.saved;
  return {};
}

result<void> partition::save_compacted(std::deque<slot>& fresh, std::int64_t to) {
  auto& journal = *topic_.journal;
  store::write_batch batch;
  for (const char kind : {'r', 'i', 'a'}) {
    auto done = journal.scan(keys::all(kind, topic_.uid, index_), [&](unpacker key, bytes_view) {
      key.u64();
      const auto offset = key.i64();
      if (!key.done()) return false;
      if (offset >= to) return true;
      batch.remove(packer()
                       .raw("l")
                       .u8(static_cast<std::uint8_t>(kind))
                       .u32(topic_.uid)
                       .u32(static_cast<std::uint32_t>(index_))
                       .i64(offset)
                       .view());
      return true;
    });
    if (!done) return done;
  }
  for (auto& s : fresh) {
    batch.put(keys::chunk(topic_.uid, index_, s.base), {s.data->data.get(), s.data->size});
    batch.put(keys::segment(topic_.uid, index_, s.base), index_of(s));
    s.indexed = true;
  }
  put_head(batch, next_.load(std::memory_order_relaxed));
  return journal.write(batch);
}

void partition::forget_in_journal() {
  auto& journal = *topic_.journal;
  store::write_batch batch;
  put_head(batch, next_.load(std::memory_order_relaxed));
  if (!journal.write(batch)) return; // what stays is forgotten at the next opening
  const auto kept = slots_.empty() ? next_.load(std::memory_order_relaxed) : slots_.front().base;
  // What is left after a failure is garbage that the next removal takes along.
  static_cast<void>(journal.remove({keys::chunk(topic_.uid, index_, 0), keys::chunk(topic_.uid, index_, kept)}));
  static_cast<void>(journal.remove({keys::segment(topic_.uid, index_, 0), keys::segment(topic_.uid, index_, kept)}));
  static_cast<void>(journal.remove({keys::aborted(topic_.uid, index_, 0), keys::aborted(topic_.uid, index_, kept)}));
}

result<std::shared_ptr<segment>> partition::load_chunks(const slot& s) const {
  bytes data;
  auto from = s.base;
  auto done = topic_.journal->scan({keys::chunk(topic_.uid, index_, s.base), keys::chunk(topic_.uid, index_, s.next)},
                                   [&](unpacker, bytes_view chunk) {
                                     data.insert(data.end(), chunk.begin(), chunk.end());
                                     return for_each_frame(chunk, from, [&](const frame& f) { from = f.offset + 1; });
                                   });
  if (!done) return unexpected(done.error().wrap("cannot read back a segment of topic " + topic_.spec.name.value()));
  auto read = std::make_shared<segment>(std::max<std::size_t>(data.size(), 1), nullptr);
  if (!data.empty()) std::memcpy(read->data.get(), data.data(), data.size());
  read->size = data.size();
  read->sealed = true;
  read->begin_cumulated = s.begin_cumulated;
  return read;
}

void partition::add_recovered(slot s) {
  s.id = next_slot_++;
  s.stored = s.indexed = true;
  s.begin_cumulated = cumulated_.load(std::memory_order_relaxed);
  cumulated_.store(s.begin_cumulated + s.bytes, std::memory_order_relaxed);
  retained_bytes_ += s.bytes;
  topic_.budget->used.fetch_add(s.bytes, std::memory_order_relaxed);
  slots_.push_back(std::move(s));
}

// Chunks that no segment tells of: the last one was not complete when the process ended.
result<void> partition::recover_chunks(std::int64_t from, std::int64_t to, store::write_batch& into) {
  if (from >= to) return {};
  slot current;
  const auto close = [&] {
    if (current.count != 0 && current.next > first_) { // else a removal of it was not finished
      into.put(keys::segment(topic_.uid, index_, current.base), index_of(current));
      add_recovered(std::move(current));
    }
    current = {};
  };
  const auto end = to == no_end ? *keys::all('r', topic_.uid, index_).last : keys::chunk(topic_.uid, index_, to);
  auto done = topic_.journal->scan({keys::chunk(topic_.uid, index_, from), end}, [&](unpacker key, bytes_view chunk) {
    key.u64();
    const auto base = key.i64();
    if (current.bytes + chunk.size() > segment_bytes_) close();
    if (current.count == 0) current.base = base;
    const bool good = for_each_frame(chunk, std::max(base, from), [&](const frame& f) {
      ++current.count;
      current.max_time = std::max(current.max_time, f.time);
      current.next = from = f.offset + 1;
    });
    current.bytes += chunk.size();
    return good && key.done() && !chunk.empty();
  });
  if (!done) return done;
  close();
  return {};
}

result<void> partition::recover_transactions(store::write_batch& into) {
  auto next = next_.load(std::memory_order_relaxed);
  auto done = topic_.journal->scan(keys::all('a', topic_.uid, index_), [&](unpacker key, bytes_view value) {
    key.u64();
    const auto marker = key.i64();
    unpacker v(value);
    const auto number = v.u64();
    const auto first = v.i64();
    if (!key.done() || !v.done()) return false;
    mark_aborted(number, first, marker);
    next = std::max(next, marker + 1);
    return true;
  });
  if (!done) return done;
  // Who was in the middle of them is gone.
  done = topic_.journal->scan(keys::all('o', topic_.uid, index_), [&](unpacker key, bytes_view value) {
    key.u64();
    const auto number = key.u64();
    unpacker v(value);
    const auto first = v.i64();
    if (!key.done() || !v.done()) return false;
    mark_aborted(number, first, next);
    into.remove(keys::open(topic_.uid, index_, number));
    into.put(keys::aborted(topic_.uid, index_, next), packer().u64(number).i64(first).view());
    ++next;
    return true;
  });
  if (!done) return done;
  next_.store(next, std::memory_order_release);
  return {};
}

result<void> partition::recover() {
  auto& journal = *topic_.journal;
  auto head = journal.get(keys::head(topic_.uid, index_));
  if (!head) return unexpected(std::move(head).error());
  std::int64_t known_next = 0, from = 0;
  if (*head) {
    unpacker u(**head);
    first_ = u.i64();
    known_next = u.i64();
    if (!u.done() || first_ < 0 || known_next < 0)
      return system_error(errc::corrupt, "the data folder of the log is damaged: what is known of topic " +
                                             topic_.spec.name.value() + "/" + std::to_string(index_) +
                                             " cannot be read; restore it from a copy, or begin with an empty folder");
  }
  store::write_batch batch;
  std::vector<slot> segments;
  bool forgotten = false;
  std::int64_t kept_from = 0;
  auto done = journal.scan(keys::all('i', topic_.uid, index_), [&](unpacker key, bytes_view value) {
    slot s;
    key.u64();
    s.base = key.i64();
    unpacker v(value);
    s.next = v.i64();
    s.count = v.u64();
    s.bytes = v.u64();
    s.max_time = v.i64();
    if (!key.done() || !v.done() || s.base < from || s.next <= s.base) return false;
    from = s.next;
    if (s.next <= first_) {
      forgotten = true;
      kept_from = s.next;
    } else {
      segments.push_back(std::move(s));
    }
    return true;
  });
  if (!done) return done;
  from = kept_from;
  for (auto& s : segments) {
    if (auto read = recover_chunks(from, s.base, batch); !read) return read;
    from = s.next;
    add_recovered(std::move(s));
  }
  if (auto read = recover_chunks(from, no_end, batch); !read) return read;
  const auto end = slots_.empty() ? 0 : slots_.back().next;
  next_.store(std::max({known_next, end, first_}), std::memory_order_release);
  if (!*head) first_ = slots_.empty() ? next_.load() : slots_.front().base;
  compacted_bytes_ = retained_bytes_;
  if (auto read = recover_transactions(batch); !read) return read;
  if (journal.read_only()) return {};
  if (!batch.empty()) {
    put_head(batch, next_.load());
    if (auto saved = journal.write(batch); !saved) return saved;
  }
  if (forgotten) forget_in_journal();
  return {};
}

void partition::raise_next(std::int64_t to) {
  const std::lock_guard lock(mutex_);
  if (to > next_.load(std::memory_order_relaxed)) next_.store(to, std::memory_order_release);
}

} // namespace cloudflow::log::internal
