#include "cloudflow/engine/native/key_owners.hpp"

#include <algorithm>

namespace cloudflow::engine {

class key_owners::guard final : public stream::key_guard {
  std::shared_ptr<key_owners> owners_; // owners: the instance and the graphs of its tasks
  partition_id task_;

public:
  guard(std::shared_ptr<key_owners> owners, partition_id task)
      : owners_(std::move(owners))
      , task_(task) {}
  std::optional<std::string> claim(std::uint64_t hash, const stream::element_context&) override {
    const auto owner = owners_->claim(hash, task_);
    if (owner == task_) return std::nullopt;
    return "records of one key reach several tasks (partitions " + std::to_string(std::min(owner, task_).value()) +
           " and " + std::to_string(std::max(owner, task_).value()) + " of " + owners_->inputs_ +
           "): partition the writer's outlet by the grouping fields, put .repartition_by(...) by them in front of "
           "the grouping, or set partitions = 1";
  }
};

key_owners::key_owners(std::string inputs, counter& unlearned, std::size_t limit)
    : hashes_(64)
    , tasks_(64, free_slot)
    , limit_(limit)
    , inputs_(std::move(inputs))
    , unlearned_(&unlearned) {}

partition_id key_owners::claim(std::uint64_t hash, partition_id task) {
  const std::lock_guard lock(mutex_);
  auto at = slot_of(hash);
  if (tasks_[at] != free_slot) return partition_id(tasks_[at]);
  if (used_ >= limit_) {
    unlearned_->add();
    return task;
  }
  if ((used_ + 1) * 4 > hashes_.size() * 3) {
    rebuild(hashes_.size() * 2, free_slot);
    at = slot_of(hash);
  }
  hashes_[at] = hash;
  tasks_[at] = task.value();
  ++used_;
  return task;
}

void key_owners::forget(partition_id task) {
  const std::lock_guard lock(mutex_);
  rebuild(hashes_.size(), task.value());
}

std::size_t key_owners::size() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

std::shared_ptr<stream::key_guard> key_owners::guard_of(partition_id task) {
  return std::make_shared<guard>(shared_from_this(), task);
}

std::size_t key_owners::slot_of(std::uint64_t hash) const {
  const auto mask = hashes_.size() - 1;
  auto at = hash & mask;
  while (tasks_[at] != free_slot && hashes_[at] != hash) at = (at + 1) & mask;
  return at;
}

void key_owners::rebuild(std::size_t slots, std::int32_t without) {
  std::vector<std::uint64_t> hashes(slots);
  std::vector<std::int32_t> tasks(slots, free_slot);
  hashes.swap(hashes_);
  tasks.swap(tasks_);
  used_ = 0;
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    if (tasks[i] == free_slot || tasks[i] == without) continue;
    const auto at = slot_of(hashes[i]);
    hashes_[at] = hashes[i];
    tasks_[at] = tasks[i];
    ++used_;
  }
}

} // namespace cloudflow::engine
