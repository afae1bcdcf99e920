#pragma once

#include "cloudflow/base/ids.hpp"
#include "cloudflow/base/metric.hpp"
#include "cloudflow/stream/state/key_guard.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace cloudflow::engine {

/// Which task of one instance each key is in, so that a key that shows up in two of them is noticed. Bounded: beyond
/// `limit` keys it learns no more, counts those, and still checks the ones it knows. Up to 16 bytes a key when full.
/// Thread-safe.
class key_owners : public std::enable_shared_from_this<key_owners> {
  class guard;
  static constexpr std::int32_t free_slot = -1;

  mutable std::mutex mutex_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::int32_t> tasks_; ///< beside `hashes_`
  std::size_t used_ = 0;
  const std::size_t limit_;
  const std::string inputs_;
  counter* unlearned_;

public:
  static constexpr std::size_t default_limit = std::size_t{3} << 20U;

  /// `inputs` names the topics that the tasks read, for the complaint. `unlearned` counts claims of keys beyond the
  /// limit; it outlives this.
  key_owners(std::string inputs, counter& unlearned, std::size_t limit = default_limit);

  /// The owner of the key from now on: the task that claims it first.
  partition_id claim(std::uint64_t hash, partition_id task);
  /// A task was taken away or starts anew: its keys are nobody's.
  void forget(partition_id task);
  [[nodiscard]] std::size_t size() const;
  /// What a task's graph is run with; it keeps this alive.
  [[nodiscard]] std::shared_ptr<stream::key_guard> guard_of(partition_id task);

private:
  [[nodiscard]] std::size_t slot_of(std::uint64_t hash) const;
  /// Moves all keys, but those of one task, to a table of so many slots.
  void rebuild(std::size_t slots, std::int32_t without);
};

} // namespace cloudflow::engine
