#pragma once

#include "cloudflow/store/byte_store.hpp"
#include "cloudflow/testkit/log/crash_points.hpp"

#include <memory>

namespace cloudflow::testkit {

/// The store as one life of a process sees it: each change is a point at which it may die. What it had written by then
/// is in the store below. Confined to the test's thread.
class counting_store final : public store::byte_store {
  store::byte_store& below_;
  std::shared_ptr<crash_points> life_; // owners: all ports of the life

public:
  counting_store(store::byte_store& below, std::shared_ptr<crash_points> life)
      : below_(below)
      , life_(std::move(life)) {}

  result<bool> get(bytes_view key, bytes& into) const override { return below_.get(key, into); }
  [[nodiscard]] std::unique_ptr<store::cursor> scan(const store::key_range& range) const override {
    return below_.scan(range);
  }
  result<void> write(const store::write_batch& batch) override {
    return life_->call("store.write", [&] {
      life_->note(batch.size_bytes());
      return below_.write(batch);
    });
  }
  result<void> remove_range(const store::key_range& range) override {
    return life_->call("store.remove_range", [&] { return below_.remove_range(range); });
  }
  result<void> sync() override {
    return life_->call("store.sync", [&] { return below_.sync(); });
  }
};

} // namespace cloudflow::testkit
