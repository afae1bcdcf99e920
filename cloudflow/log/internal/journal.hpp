#pragma once

#include "cloudflow/base/bytes.hpp"
#include "cloudflow/base/error.hpp"
#include "cloudflow/log/topic.hpp"
#include "cloudflow/store/byte_store.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace cloudflow::log::internal {

/// Builds keys and values of the journal: numbers big endian, so that keys are in their order.
class packer {
  bytes out_;

public:
  packer& u8(std::uint8_t v);
  packer& u32(std::uint32_t v);
  packer& u64(std::uint64_t v);
  packer& i64(std::int64_t v) { return u64(static_cast<std::uint64_t>(v)); }
  packer& raw(std::string_view text);
  packer& text(std::string_view text); ///< with its length
  [[nodiscard]] const bytes& view() const noexcept { return out_; }
};

/// Reads what a `packer` built. After a read past the end everything is zero and `ok` false.
class unpacker {
  bytes_view left_;
  bool ok_ = true;

  bytes_view take(std::size_t n);

public:
  explicit unpacker(bytes_view data)
      : left_(data) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::uint64_t u64();
  std::int64_t i64() { return static_cast<std::int64_t>(u64()); }
  std::string_view text();
  std::string_view rest();
  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool done() const noexcept { return ok_ && left_.empty(); }
};

/// What lies in the store of a durable log. Each key begins with 'l' and one of these.
namespace keys {
bytes format();                                          // 'v': name, version, byte order, run
bytes next_uid();                                        // 'u'
bytes topic(std::uint32_t uid);                          // 't': spec
bytes removed(std::uint32_t uid);                        // 'z': a removal that is under way
bytes writer(std::uint32_t uid, std::string_view name);  // 'w': completed or not
bytes reader(std::uint32_t uid, std::string_view group); // 'd': declared
bytes id(std::string_view transactional_id);             // 'x': epoch
bytes committed(std::uint32_t uid, std::int32_t partition, std::string_view group); // 'c': position
bytes head(std::uint32_t uid, std::int32_t partition);                              // 'p': first and next offset
/// Frames of records that follow each other, by their first offset.
bytes chunk(std::uint32_t uid, std::int32_t partition, std::int64_t first);
/// A segment that is complete, by its base: so that chunks need not be read to know what there is.
bytes segment(std::uint32_t uid, std::int32_t partition, std::int64_t base);
/// A transaction that is open and has records in the store.
bytes open(std::uint32_t uid, std::int32_t partition, std::uint64_t transaction);
/// A transaction that was aborted and has records in the store, by the offset of its marker.
bytes aborted(std::uint32_t uid, std::int32_t partition, std::int64_t marker);
/// All keys of a kind, or of a kind and topic.
store::key_range all(char kind);
store::key_range all(char kind, std::uint32_t uid);
store::key_range all(char kind, std::uint32_t uid, std::int32_t partition);
} // namespace keys

bytes pack(const topic_spec& spec);
std::optional<topic_spec> unpack_spec(bytes_view data);

/// The truth under a durable log: what was acknowledged is in the store. Thread-safe.
class journal {
  store::byte_store& store_;
  const bool sync_;
  const bool read_only_;
  std::uint64_t run_ = 0;

  journal(store::byte_store& store, bool sync, bool read_only)
      : store_(store)
      , sync_(sync)
      , read_only_(read_only) {}

public:
  /// Errors: `incompatible` (of a newer version, or of a machine with another byte order), `corrupt`, `not_found`
  /// (nothing there to read only), those of the store.
  static result<std::unique_ptr<journal>> open(store::byte_store& store, bool sync, bool read_only);

  /// Counts openings: numbers of one are never those of another.
  [[nodiscard]] std::uint64_t run() const noexcept { return run_; }
  [[nodiscard]] bool syncs() const noexcept { return sync_; }
  [[nodiscard]] bool read_only() const noexcept { return read_only_; }
  /// Returns when the batch is where it survives. Errors: `unsupported` (read only), those of the store.
  result<void> write(const store::write_batch& batch);
  result<void> put(const bytes& key, const bytes& value);
  result<void> remove(const store::key_range& range);
  result<std::optional<bytes>> get(const bytes& key) const;
  /// Calls back for each pair, until one is wrong: then the answer is `corrupt`. `key` without its two first bytes.
  result<void> scan(const store::key_range& range,
                    const std::function<bool(unpacker key, bytes_view value)>& visit) const;
  [[nodiscard]] const store::byte_store& store() const noexcept { return store_; }
};

} // namespace cloudflow::log::internal
