#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

namespace cloudflow::log::internal {

/// Spare memory of full segments of one topic, so that the next segment need not ask the system for pages, which costs
/// more than to fill them. Thread-safe. Owners: the topic and its segments, which readers may hold longer.
class segment_pool {
  const std::size_t bytes_; ///< of each
  const std::size_t most_;  ///< spare ones
  std::mutex mutex_;
  std::vector<std::byte*> spare_;

public:
  segment_pool(std::size_t bytes, std::size_t most);
  segment_pool(const segment_pool&) = delete;
  segment_pool& operator=(const segment_pool&) = delete;
  ~segment_pool();
  /// nullptr: there is none of that size.
  [[nodiscard]] std::byte* take(std::size_t bytes);
  /// True: it is the pool's now.
  [[nodiscard]] bool put(std::byte* memory, std::size_t bytes);
};

/// The bytes of one segment. Large ones come straight from the system and go back to it: segments die in another order,
/// and by other threads, than they were made, and the holes that they would leave in a heap stay part of the process
/// (seen: 150 MB resident where 60 were in use).
class segment_memory {
  std::shared_ptr<segment_pool> pool_;
  std::size_t bytes_;
  std::byte* data_;

public:
  /// Not initialised. Throws `std::bad_alloc`. `pool` may be null.
  segment_memory(std::size_t bytes, std::shared_ptr<segment_pool> pool);
  segment_memory(const segment_memory&) = delete;
  segment_memory& operator=(const segment_memory&) = delete;
  ~segment_memory();
  [[nodiscard]] std::byte* get() const noexcept { return data_; }
};

} // namespace cloudflow::log::internal
