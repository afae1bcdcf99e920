#include "cloudflow/stream/state/keyed_timers.hpp"

namespace cloudflow::stream {

void keyed_timers::set(timestamp at) {
  const due when{at.time_since_epoch().count(), rows().current()};
  if (!set_.try_emplace(when, false).second) return;
  rows_->use(when.second);
  if (!durable()) return;
  dirty_.push_back(when);
  rows_->dirty += 64;
}

void keyed_timers::cancel(timestamp at) {
  const auto found = set_.find({at.time_since_epoch().count(), rows().current()});
  if (found == set_.end()) return;
  forget(found->first, found->second);
  rows_->unuse(found->first.second);
  set_.erase(found);
}

timestamp keyed_timers::earliest() const {
  if (set_.empty()) return timestamp::max();
  return timestamp(timestamp::duration(set_.begin()->first.first));
}

std::uint32_t keyed_timers::take_earliest() {
  const auto first = set_.begin();
  const auto row = first->first.second;
  forget(first->first, first->second);
  set_.erase(first);
  return row;
}

void keyed_timers::clear_all() {
  for (const auto& [when, stored] : set_) {
    forget(when, stored);
    rows_->unuse(when.second);
  }
  set_.clear();
}

void keyed_timers::forget(const due& which, bool stored) {
  if (!stored) return;
  bytes key;
  rows_->append_key(which.second, key);
  put_long(which.first, key);
  changes_.remove(key);
  rows_->dirty += key.size() + 16;
}

bool keyed_timers::restore_entry(std::uint32_t row, bytes_view key, bytes_view, std::size_t) {
  std::int64_t at = 0;
  if (!take_long(key, at)) return false;
  if (set_.try_emplace({at, row}, true).second) rows_->use(row);
  return true;
}

void keyed_timers::put_dirty() {
  bytes key;
  bytes value;
  begin_value(value);
  for (const auto& when : dirty_) {
    const auto found = set_.find(when);
    if (found == set_.end() || std::exchange(found->second, true)) continue;
    key.clear();
    rows_->append_key(when.second, key);
    put_long(when.first, key);
    changes_.put(key, value);
  }
  dirty_.clear();
}

} // namespace cloudflow::stream
