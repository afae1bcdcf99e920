#include "cloudflow/native/seen_requests.hpp"

#include <algorithm>
#include <vector>

namespace cloudflow::native {

void seen_requests::start(stream::island_services& services) {
  clock_ = &services.clock();
  task_ = services.state();
}

result<void> seen_requests::open() {
  opened_ = true;
  if (task_ == nullptr) return {};
  std::vector<std::pair<std::int64_t, std::string>> found;
  auto done = table_.open(*task_, name_, [&](std::string&& key, std::int64_t&& until) {
    found.emplace_back(until, key);
    until_.emplace(std::move(key), until);
  });
  std::sort(found.begin(), found.end());
  due_.assign(found.begin(), found.end());
  return done;
}

bool seen_requests::first(std::string_view key) {
  if (until_.find(key) != until_.end()) return false;
  const auto until = (clock_->wall_now() + ttl_).time_since_epoch().count();
  until_.emplace(std::string(key), until);
  // A wall clock that was set back must not put a key in front of those that are due later.
  due_.emplace_back(due_.empty() ? until : std::max(until, due_.back().first), std::string(key));
  changed(due_.back().second);
  return true;
}

void seen_requests::forget(std::string_view key) {
  const auto at = until_.find(key);
  if (at == until_.end()) return;
  changed(at->first);
  until_.erase(at);
}

void seen_requests::changed(const std::string& key) {
  if (task_ == nullptr || !dirty_.insert(key).second) return;
  dirty_bytes_ += key.size() + 64;
  if (dirty_bytes_ > stream::overlay_bound) task_->wants_commit();
}

void seen_requests::expire() {
  const auto now = clock_->wall_now().time_since_epoch().count();
  for (; !due_.empty() && due_.front().first <= now; due_.pop_front()) {
    const auto at = until_.find(due_.front().second);
    // One that was forgotten and came again has a later entry.
    if (at != until_.end() && at->second <= now) forget(due_.front().second);
  }
}

void seen_requests::seal(stream::commit_id n) {
  last_ = n;
  if (!table_.is_open() || dirty_.empty()) return;
  for (const auto& key : dirty_) {
    if (const auto at = until_.find(key); at != until_.end())
      table_.put(key, at->second);
    else
      table_.erase(key);
  }
  dirty_.clear();
  dirty_bytes_ = 0;
  table_.seal(n);
}

} // namespace cloudflow::native
