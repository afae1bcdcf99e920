#include "cloudflow/native/http/entrance.hpp"

#include <algorithm>

namespace cloudflow::native {

bool record_entrance::full() const { return items_.size() >= most_records || bytes_ >= most_bytes; }

offer_outcome record_entrance::offer(bytes& value, const std::shared_ptr<entry_receipt>& receipt, std::string key) {
  if (held_back()) return offer_outcome::full;
  std::vector<stream::waker> wake;
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return offer_outcome::closed;
    if (full()) return offer_outcome::full;
    bytes_ += value.size();
    items_.push_back({std::move(value), receipt, std::move(key)});
    if (items_.size() == 1) wake = wakers_;
  }
  for (const auto& w : wake) w.wake();
  return offer_outcome::taken;
}

bool record_entrance::hold(std::size_t wants, std::size_t& has) {
  if (wants > has) {
    const auto more = wants - has;
    if (held_.fetch_add(more) + more > most_held) {
      held_.fetch_sub(more);
      return false;
    }
  } else {
    held_.fetch_sub(has - wants);
  }
  has = wants;
  return true;
}

void record_entrance::when_room(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!closed_ && !draining() && (full() || held_back())) {
      room_.push_back(std::move(call));
      return;
    }
  }
  call();
}

void record_entrance::on_drain(std::function<void()> call) {
  {
    const std::lock_guard lock(mutex_);
    if (!draining()) {
      drain_.push_back(std::move(call));
      return;
    }
  }
  call();
}

void record_entrance::open() {
  const std::lock_guard lock(mutex_);
  closed_ = false;
}

void record_entrance::take(std::size_t limit, std::vector<item>& out) {
  if (held_back()) return push_back_impatient();
  bool room = false;
  {
    const std::lock_guard lock(mutex_);
    for (; limit > 0 && !items_.empty(); --limit) {
      bytes_ -= items_.front().value.size();
      out.push_back(std::move(items_.front()));
      items_.pop_front();
    }
    room = !room_.empty() && items_.size() <= most_records / 2 && bytes_ <= most_bytes / 2;
  }
  if (room) tell_room();
}

// A client that waits for one record is told to come again; an upload waits itself.
void record_entrance::push_back_impatient() {
  std::vector<item> impatient;
  {
    const std::lock_guard lock(mutex_);
    std::deque<item> patient;
    for (auto& i : items_) {
      if (i.receipt->patient()) {
        patient.push_back(std::move(i));
        continue;
      }
      bytes_ -= i.value.size();
      impatient.push_back(std::move(i));
    }
    items_.swap(patient);
  }
  for (const auto& i : impatient) i.receipt->settled(entry_outcome::pushed_back);
}

void record_entrance::tell_room() {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(room_);
  }
  for (const auto& call : calls) call();
}

bool record_entrance::over() const {
  const std::lock_guard lock(mutex_);
  return closed_ && items_.empty();
}

bool record_entrance::arm(const stream::waker& wake) {
  bool something = false;
  bool waits_for_room = false;
  {
    const std::lock_guard lock(mutex_);
    if (std::find(wakers_.begin(), wakers_.end(), wake) == wakers_.end()) wakers_.push_back(wake);
    something = !items_.empty() || closed_;
    waits_for_room = !room_.empty();
  }
  if (!gate_) return something;
  const bool open = gate_->arm(wake) && !gate_->holds_back();
  if (open && waits_for_room && !something) tell_room(); // they waited for the gate alone
  return something && open;
}

void record_entrance::begin_drain() {
  if (draining_.exchange(true, std::memory_order_acq_rel)) return;
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    calls.swap(drain_);
  }
  for (const auto& call : calls) call();
  tell_room();
}

void record_entrance::close() {
  std::vector<stream::waker> wake;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    wake = wakers_;
  }
  tell_room();
  for (const auto& w : wake) w.wake();
}

void record_entrance::discard() {
  close();
  std::deque<item> items;
  {
    const std::lock_guard lock(mutex_);
    items.swap(items_);
    bytes_ = 0;
  }
  for (const auto& i : items) i.receipt->settled(entry_outcome::lost);
}

} // namespace cloudflow::native
