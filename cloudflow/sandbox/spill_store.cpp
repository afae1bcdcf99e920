#include "cloudflow/sandbox/spill_store.hpp"

#include "cloudflow/store/rocksdb/rocksdb_store.hpp"

namespace cloudflow::sandbox {

namespace {

// For memtables: a segment is read back once, so there is nothing to cache, and a cache would only fill up for minutes.
constexpr std::uint64_t spill_memory = std::uint64_t{16} << 20;

class no_entries final : public store::cursor {
public:
  result<bool> next() override { return false; }
  [[nodiscard]] bytes_view key() const override { return {}; }
  [[nodiscard]] bytes_view value() const override { return {}; }
};

} // namespace

store::byte_store* spill_store::opened() const {
  const std::lock_guard lock(mutex_);
  return store_.get();
}

result<bool> spill_store::get(bytes_view key, bytes& into) const {
  auto* store = opened();
  return store ? store->get(key, into) : result<bool>(false);
}

result<void> spill_store::write(const store::write_batch& batch) {
  {
    const std::lock_guard lock(mutex_);
    if (!store_) {
      auto made = store::rocksdb_store::open_temporary(folder_, store::rocksdb_memory(spill_memory));
      if (!made) return unexpected(made.error());
      store_ = std::move(*made);
    }
  }
  return store_->write(batch);
}

std::unique_ptr<store::cursor> spill_store::scan(const store::key_range& range) const {
  auto* store = opened();
  return store ? store->scan(range) : std::make_unique<no_entries>();
}

result<void> spill_store::remove_range(const store::key_range& range) {
  auto* store = opened();
  return store ? store->remove_range(range) : result<void>();
}

result<void> spill_store::sync() {
  auto* store = opened();
  return store ? store->sync() : result<void>();
}

} // namespace cloudflow::sandbox
