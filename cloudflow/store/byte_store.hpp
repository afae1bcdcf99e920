#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/error.hpp"
#include "cloudflow/store/write_batch.hpp"

#include <memory>
#include <optional>

namespace cloudflow::store {

/// Walks keys in ascending order over the store as it was when the cursor was made. Confined to its owner. Must not
/// outlive its store.
class CLOUDFLOW_API cursor {
public:
  virtual ~cursor() = default;
  /// Goes to the first key, then to the next; false at the end of the range. Errors: `io_error`, `corrupt`.
  virtual result<bool> next() = 0;
  /// Borrowed until the next call of `next`.
  [[nodiscard]] virtual bytes_view key() const = 0;
  [[nodiscard]] virtual bytes_view value() const = 0;
};

/// A range of keys: from `first` up to, not including, `last`; without `last` to the end.
struct key_range {
  bytes first{};
  std::optional<bytes> last{};
};

/// All keys that begin with `prefix`.
CLOUDFLOW_API key_range keys_with_prefix(bytes_view prefix);

/// An ordered map of bytes to bytes: the port behind keyed state and spilled segments. Keys are ordered as unsigned
/// bytes. Namespaces are key prefixes, so that one batch over several of them is atomic. Thread-safe.
/// Errors of all: `io_error`, `corrupt`; `limit_exceeded` when the disk is full.
class CLOUDFLOW_API byte_store {
public:
  virtual ~byte_store() = default;
  /// The value, written into `into` (reused); false if there is none.
  virtual result<bool> get(bytes_view key, bytes& into) const = 0;
  /// All of the batch takes effect, or nothing.
  virtual result<void> write(const write_batch& batch) = 0;
  [[nodiscard]] virtual std::unique_ptr<cursor> scan(const key_range& range) const = 0;
  /// Forgets all keys of the range. Not atomic with other writes.
  virtual result<void> remove_range(const key_range& range) = 0;
  /// What was written survives a crash of the machine after this. No effect in memory.
  virtual result<void> sync() = 0;

  result<void> put(bytes_view key, bytes_view value) { return write(write_batch().put(key, value)); }
  result<void> remove(bytes_view key) { return write(write_batch().remove(key)); }
};

} // namespace cloudflow::store
