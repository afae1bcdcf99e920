#include "cloudflow/native/feed.hpp"

#include <algorithm>

namespace cloudflow::native {

namespace {

std::size_t bytes_of(const feed_item& item) {
  std::size_t sum = 0;
  for (auto i = item.run.first; i < item.run.first + item.run.count; ++i) {
    const auto& r = (*item.batch)[i];
    sum += (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0) + r.headers.encoded().size();
  }
  return sum;
}

} // namespace

void record_feed::push(feed_item item) {
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    if (ending_) return; // user code said that the input is over
    const auto first = (*item.batch)[item.run.first].offset.value();
    auto& next = next_.try_emplace(item.run.source.partition, first).first->second;
    const auto known = std::min<std::int64_t>(std::max<std::int64_t>(next - first, 0), item.run.count);
    item.run.first += static_cast<std::uint32_t>(known);
    item.run.count -= static_cast<std::uint32_t>(known);
    if (item.run.count == 0) return;
    next = first + known + item.run.count;
    item.bytes = bytes_of(item);
    queued_ += item.run.count;
    queued_bytes_ += item.bytes;
    if (queued_ >= bound || queued_bytes_ >= bound_bytes) was_full_ = true;
    items_.push_back(std::move(item));
    wake = std::move(waker_);
  }
  wake.wake();
}

bool record_feed::full() const {
  const std::lock_guard lock(mutex_);
  return was_full_;
}

void record_feed::end(stream::ending how) {
  stream::waker wake;
  {
    const std::lock_guard lock(mutex_);
    if (ending_ && ending_->kind != stream::end_kind::complete) return;
    if (how.kind != stream::end_kind::complete) {
      items_.clear();
      queued_ = queued_bytes_ = 0;
    }
    ending_ = std::move(how);
    wake = std::move(waker_);
  }
  wake.wake();
}

std::optional<feed_item> record_feed::pop() {
  bool room = false;
  std::optional<feed_item> item;
  {
    const std::lock_guard lock(mutex_);
    if (items_.empty()) return std::nullopt;
    item = std::move(items_.front());
    items_.pop_front();
    queued_ -= item->run.count;
    queued_bytes_ -= item->bytes;
    if (was_full_ && queued_ <= bound / 2 && queued_bytes_ <= bound_bytes / 2) {
      was_full_ = false;
      room = true;
    }
  }
  if (room && on_room_) on_room_();
  return item;
}

std::optional<stream::ending> record_feed::ended() const {
  const std::lock_guard lock(mutex_);
  return items_.empty() ? ending_ : std::nullopt;
}

bool record_feed::arm(const stream::waker& wake) {
  const std::lock_guard lock(mutex_);
  waker_ = wake;
  return !items_.empty() || ending_.has_value();
}

} // namespace cloudflow::native
