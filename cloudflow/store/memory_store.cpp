#include "cloudflow/store/memory_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace cloudflow::store {

namespace {

struct byte_order {
  using is_transparent = void;
  bool operator()(bytes_view a, bytes_view b) const {
    const auto n = std::min(a.size(), b.size());
    const int c = n == 0 ? 0 : std::memcmp(a.data(), b.data(), n);
    return c != 0 ? c < 0 : a.size() < b.size();
  }
};

using map_type = std::map<bytes, bytes, byte_order>;

} // namespace

class memory_store::state {
public:
  mutable std::mutex mutex;
  std::shared_ptr<map_type> map = std::make_shared<map_type>(); // owners: the store and its open cursors

  // The map to write to: a copy if a cursor reads the present one. Call under the mutex.
  map_type& writable() {
    if (map.use_count() > 1) map = std::make_shared<map_type>(*map);
    return *map;
  }
};

namespace {

class map_cursor final : public cursor {
  std::mutex& mutex_;
  std::shared_ptr<const map_type> map_;
  map_type::const_iterator next_, end_, at_;

public:
  map_cursor(std::mutex& mutex, std::shared_ptr<const map_type> map, const key_range& range)
      : mutex_(mutex)
      , map_(std::move(map))
      , next_(map_->lower_bound(bytes_view(range.first)))
      , end_(range.last ? map_->lower_bound(bytes_view(*range.last)) : map_->end()) {
    if (range.last && byte_order()(*range.last, range.first)) end_ = next_;
  }
  ~map_cursor() override {
    const std::lock_guard lock(mutex_); // orders the last read before the next write into the map
    map_.reset();
  }
  result<bool> next() override {
    if (next_ == end_) return false;
    at_ = next_++;
    return true;
  }
  [[nodiscard]] bytes_view key() const override { return at_->first; }
  [[nodiscard]] bytes_view value() const override { return at_->second; }
};

} // namespace

memory_store::memory_store()
    : state_(std::make_unique<state>()) {}
memory_store::~memory_store() = default;

result<bool> memory_store::get(bytes_view key, bytes& into) const {
  const std::lock_guard lock(state_->mutex);
  const auto at = state_->map->find(key);
  if (at == state_->map->end()) return false;
  into = at->second;
  return true;
}

result<void> memory_store::write(const write_batch& batch) {
  const std::lock_guard lock(state_->mutex);
  auto& map = state_->writable();
  batch.for_each([&](bytes_view key, std::optional<bytes_view> value) {
    const auto at = map.find(key);
    if (!value) {
      if (at != map.end()) map.erase(at);
    } else if (at != map.end()) {
      at->second.assign(value->begin(), value->end());
    } else {
      map.emplace(bytes(key.begin(), key.end()), bytes(value->begin(), value->end()));
    }
  });
  return {};
}

std::unique_ptr<cursor> memory_store::scan(const key_range& range) const {
  const std::lock_guard lock(state_->mutex);
  return std::make_unique<map_cursor>(state_->mutex, state_->map, range);
}

result<void> memory_store::remove_range(const key_range& range) {
  const std::lock_guard lock(state_->mutex);
  if (range.last && !byte_order()(range.first, *range.last)) return {};
  auto& map = state_->writable();
  map.erase(map.lower_bound(bytes_view(range.first)),
            range.last ? map.lower_bound(bytes_view(*range.last)) : map.end());
  return {};
}

result<void> memory_store::sync() { return {}; }

std::size_t memory_store::size() const {
  const std::lock_guard lock(state_->mutex);
  return state_->map->size();
}

} // namespace cloudflow::store
