#pragma once

#include "cloudflow/store/byte_store.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>

namespace cloudflow::store {

/// The memory that all stores of a process share: one block cache, to which write buffers are charged. Thread-safe;
/// copies share.
class rocksdb_memory {
public:
  explicit rocksdb_memory(std::uint64_t bytes = std::uint64_t{64} << 20);
  ~rocksdb_memory();
  rocksdb_memory(const rocksdb_memory&);
  rocksdb_memory& operator=(const rocksdb_memory&) = delete;

private:
  friend class rocksdb_store;
  class state;
  std::shared_ptr<state> state_; // owners: copies of this and the open stores
};

/// The store on disk. Thread-safe. RocksDB compacts on threads of its own.
class rocksdb_store final : public byte_store {
public:
  /// Opens or creates. What is written survives the death of the process, what `sync` has covered that of the machine.
  /// Errors: `io_error` (no folder, no permission), `conflict` (another process has it open), `incompatible` (the
  /// folder holds something else; nothing in it is touched), `corrupt`.
  static result<std::unique_ptr<rocksdb_store>> open(const std::filesystem::path& folder, const rocksdb_memory& memory);
  /// Looks at the store as it is now, also while another process has it open; writes are `unsupported`. Errors:
  /// `not_found` (there is none), `io_error`, `corrupt`.
  static result<std::unique_ptr<rocksdb_store>> open_read_only(const std::filesystem::path& folder,
                                                               const rocksdb_memory& memory);
  /// Makes a folder below `parent` that is deleted with the store. Deletes those of processes that died. No write-ahead
  /// log: nothing of it is to survive. Errors: `io_error`.
  static result<std::unique_ptr<rocksdb_store>> open_temporary(const std::filesystem::path& parent,
                                                               const rocksdb_memory& memory);
  ~rocksdb_store() override;

  result<bool> get(bytes_view key, bytes& into) const override;
  result<void> write(const write_batch& batch) override;
  [[nodiscard]] std::unique_ptr<cursor> scan(const key_range& range) const override;
  result<void> remove_range(const key_range& range) override;
  result<void> sync() override;
  [[nodiscard]] const std::filesystem::path& folder() const;

private:
  class state;
  explicit rocksdb_store(std::unique_ptr<state> s);
  enum class use { keep, temporary, look };
  static result<std::unique_ptr<state>> open_state(const std::filesystem::path& folder, const rocksdb_memory& memory,
                                                   use how);
  std::unique_ptr<state> state_;
};

} // namespace cloudflow::store
