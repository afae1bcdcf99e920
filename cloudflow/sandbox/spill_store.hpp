#pragma once

#include "cloudflow/store/byte_store.hpp"

#include <filesystem>
#include <memory>
#include <mutex>

namespace cloudflow::sandbox {

/// Where the sandbox's log puts what does not fit into memory: a temporary RocksDB that is opened by the first write,
/// because most runs never need one and opening it costs time and threads. Thread-safe.
class spill_store final : public store::byte_store {
  std::filesystem::path folder_;
  mutable std::mutex mutex_;
  std::unique_ptr<store::byte_store> store_;

  [[nodiscard]] store::byte_store* opened() const;

public:
  explicit spill_store(std::filesystem::path folder)
      : folder_(std::move(folder)) {}
  result<bool> get(bytes_view key, bytes& into) const override;
  result<void> write(const store::write_batch& batch) override;
  [[nodiscard]] std::unique_ptr<store::cursor> scan(const store::key_range& range) const override;
  result<void> remove_range(const store::key_range& range) override;
  result<void> sync() override;
};

} // namespace cloudflow::sandbox
