#pragma once

#include "cloudflow/log/internal/topic_state.hpp"

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cloudflow::log::internal {

/// How far a group is in one partition. The atomics are written by the owner of the partition and read by all; the
/// others are guarded by the mutex of the groups.
struct reading {
  std::shared_ptr<topic_state> topic; ///< owners: the log and who reads it
  partition* part = nullptr;
  std::atomic<std::int64_t> position{0};
  std::atomic<std::uint64_t> cumulated{0};
  std::int64_t committed = -1; ///< -1: nothing yet
  std::int64_t hold = 0;       ///< records from here on are kept for the group

  [[nodiscard]] std::uint64_t unread_bytes() const {
    const auto end = part->cumulated();
    const auto read = cumulated.load(std::memory_order_seq_cst);
    return end > read ? end - read : 0;
  }
};

/// One member of a group: what it will learn with its next poll. Guarded by the mutex of the groups, but for `news`.
struct member {
  std::uint64_t id = 0;
  std::string client;
  std::shared_ptr<waker> wake; ///< owners: the consumer, its partitions, this
  std::atomic<bool> news{false};
  std::set<std::int32_t> to_assign, to_revoke;
  std::int64_t seen = 0; ///< the group's generation when it last learned what it has
};

/// The members of one group and who owns which unit (partition i of all topics). Sticky and cooperative: a unit moves
/// only when its owner has given it back. Guarded by the mutex of the groups.
class group {
public:
  group_name name;
  bool shared = true;    ///< false: a reader of its own; commits nothing
  bool observer = false; ///< has no name: holds nothing, and is forgotten when its reader goes
  std::int64_t generation = 0;
  std::vector<std::shared_ptr<topic_state>> topics; ///< as its members subscribed
  std::set<std::int32_t> chosen;                    ///< for `membership::chosen`
  std::map<std::uint64_t, std::shared_ptr<member>> members;
  /// Readings by topic and partition, also of topics that it read before.
  std::map<topic_name, std::vector<std::shared_ptr<reading>>> readings;

  void add_topic(const std::shared_ptr<topic_state>& topic);
  void join(std::shared_ptr<member> who, wake_list& wakes);
  /// Its units are free at once.
  void leave(std::uint64_t id, wake_list& wakes);
  /// The topics have grown.
  void resize(wake_list& wakes);
  [[nodiscard]] bool owns(std::uint64_t id, std::int32_t unit) const;
  /// Whether it has had the unit without a break since that generation.
  [[nodiscard]] bool owns_since(std::uint64_t id, std::int32_t unit, std::int64_t seen) const;
  [[nodiscard]] bool revoking(std::uint64_t id, std::int32_t unit) const;
  void release(std::uint64_t id, std::int32_t unit, wake_list& wakes);
  [[nodiscard]] std::shared_ptr<member> owner_of(std::int32_t unit) const;

private:
  struct ownership {
    std::uint64_t owner = 0; ///< 0: free
    bool revoking = false;
    std::int64_t since = 0; ///< generation
  };
  void rebalance(wake_list& wakes);

  std::vector<ownership> units_;
};

} // namespace cloudflow::log::internal
