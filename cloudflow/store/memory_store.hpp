#pragma once

#include "cloudflow/store/byte_store.hpp"

#include <memory>

namespace cloudflow::store {

/// The store in memory: tests, and state that need not survive. A cursor is a snapshot: a write while one is open
/// copies the map once. Thread-safe.
class CLOUDFLOW_API memory_store final : public byte_store {
public:
  memory_store();
  ~memory_store() override;
  result<bool> get(bytes_view key, bytes& into) const override;
  result<void> write(const write_batch& batch) override;
  [[nodiscard]] std::unique_ptr<cursor> scan(const key_range& range) const override;
  result<void> remove_range(const key_range& range) override;
  result<void> sync() override;
  [[nodiscard]] std::size_t size() const;

private:
  class state;
  std::unique_ptr<state> state_;
};

} // namespace cloudflow::store
