#pragma once

#include "cloudflow/base/export.hpp"
#include "cloudflow/base/ids.hpp"

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cloudflow::stream {

/// Where a record came from.
struct position {
  std::string source; ///< the inlet or file, for people
  partition_id partition;
  record_offset offset;
  [[nodiscard]] std::string text() const {
    return source + "/" + std::to_string(partition.value()) + "/" + std::to_string(offset.value());
  }
  friend bool operator==(const position&, const position&) = default;
};

/// A counted hold on a run of source offsets: nothing at or behind the run's first offset is committed while one
/// reference is left. References end in one of two ways: *acknowledged* (everything that came of the record is safe) or
/// *abandoned* (it was lost: failure, abort, drain), and one abandoned reference keeps the run uncommitted for good.
/// Thread: references may be taken, acknowledged and abandoned on any thread.
class CLOUDFLOW_API offset_token {
  std::atomic<std::uint32_t> refs_{1};
  std::atomic<bool> abandoned_{false};
  const void* lineage_;
  std::uint64_t serial_;

protected:
  offset_token(const void* lineage, std::uint64_t serial) noexcept
      : lineage_(lineage)
      , serial_(serial) {}
  /// The last reference ended; the token is destroyed after this call.
  virtual void settled(bool acknowledged) noexcept = 0;

public:
  offset_token(const offset_token&) = delete;
  offset_token& operator=(const offset_token&) = delete;
  virtual ~offset_token() = default;

  void acquire() noexcept { refs_.fetch_add(1, std::memory_order_relaxed); }
  void release(bool acknowledged) noexcept;
  /// Runs of one lineage (one partition of one source) are ordered by serial, and a position never passes the earliest
  /// one that is held. Null: a group of several.
  [[nodiscard]] const void* lineage() const noexcept { return lineage_; }
  [[nodiscard]] std::uint64_t serial() const noexcept { return serial_; }
  /// The source and partition of the run, with the given offset; nothing for a group.
  [[nodiscard]] virtual std::optional<position> at(record_offset offset) const = 0;
};

/// One owned reference. Destroying it abandons: only an explicit `acknowledge()` lets offsets be committed, so that
/// every forgotten path (exceptions, aborts, destructors) is at-least-once. Move-only.
class token_ref {
  offset_token* token_ = nullptr;

public:
  token_ref() = default;
  /// Adopts the reference that a new token is born with.
  explicit token_ref(offset_token* adopted) noexcept
      : token_(adopted) {}
  static token_ref share(offset_token* token) noexcept {
    if (token != nullptr) token->acquire();
    return token_ref(token);
  }
  token_ref(token_ref&& other) noexcept
      : token_(std::exchange(other.token_, nullptr)) {}
  token_ref& operator=(token_ref&& other) noexcept {
    if (this != &other) {
      abandon();
      token_ = std::exchange(other.token_, nullptr);
    }
    return *this;
  }
  ~token_ref() { abandon(); }

  void acknowledge() noexcept {
    if (auto* token = std::exchange(token_, nullptr)) token->release(true);
  }
  void abandon() noexcept {
    if (auto* token = std::exchange(token_, nullptr)) token->release(false);
  }
  /// Gives the reference away without ending it.
  [[nodiscard]] offset_token* detach() noexcept { return std::exchange(token_, nullptr); }
  [[nodiscard]] offset_token* get() const noexcept { return token_; }
  explicit operator bool() const noexcept { return token_ != nullptr; }
};

/// The holds of something that absorbed many elements (a group, a pane, a batch). Of each lineage it keeps only the
/// earliest run, because a position cannot pass it: bounded by partitions, not by elements. Destroying it abandons.
/// Confined to its island.
class CLOUDFLOW_API token_holder {
  std::vector<token_ref> held_;
  const offset_token* last_ = nullptr;
  std::uint64_t last_serial_ = 0;

  void add_new(offset_token* token);

public:
  token_holder() = default;
  token_holder(token_holder&& other) noexcept
      : held_(std::move(other.held_))
      , last_(std::exchange(other.last_, nullptr))
      , last_serial_(other.last_serial_) {
    other.held_.clear();
  }
  token_holder& operator=(token_holder&& other) noexcept {
    held_ = std::move(other.held_);
    other.held_.clear();
    last_ = std::exchange(other.last_, nullptr);
    last_serial_ = other.last_serial_;
    return *this;
  }

  void add(offset_token* token) {
    if (token == nullptr || (token == last_ && token->serial() == last_serial_)) return;
    add_new(token);
  }
  void add(const token_holder& other) {
    for (const auto& token : other.held_) add(token.get());
  }
  void acknowledge() noexcept;
  void abandon() noexcept;
  /// All that is held as one reference, and none of it here any more; empty if nothing is held.
  [[nodiscard]] token_ref take();
  [[nodiscard]] bool empty() const noexcept { return held_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return held_.size(); }
};

} // namespace cloudflow::stream
