#include "cloudflow/stream/offset/tracker.hpp"

#include <algorithm>
#include <map>
#include <mutex>

namespace cloudflow::stream {

namespace {
class run_token;
}

namespace detail {

struct partition_state {
  partition_id id;
  run_token* oldest = nullptr; ///< runs that are out, in order: an intrusive list
  run_token* newest = nullptr;
  std::optional<record_offset> blocked; ///< the first offset of the earliest abandoned run
  record_offset next{0};                ///< behind the newest run
  std::optional<record_offset> reported;
  commit_id cut_of = no_commit; ///< the last cut that this partition was there for
  record_offset cut{0};
};

struct tracker_state {
  std::string source;
  mutable std::mutex mutex;
  std::map<partition_id, std::shared_ptr<partition_state>> partitions;
  commit_id cut = no_commit;
  std::uint64_t runs = 0;
  std::size_t outstanding = 0;
  std::size_t abandoned = 0;
};

} // namespace detail

namespace {

class run_token final : public offset_token {
  std::shared_ptr<detail::tracker_state> tracker_;
  std::shared_ptr<detail::partition_state> partition_;

  void settled(bool acknowledged) noexcept override {
    const std::lock_guard lock(tracker_->mutex);
    (before != nullptr ? before->behind : partition_->oldest) = behind;
    (behind != nullptr ? behind->before : partition_->newest) = before;
    --tracker_->outstanding;
    if (acknowledged) return;
    ++tracker_->abandoned;
    if (!partition_->blocked || first < *partition_->blocked) partition_->blocked = first;
  }

public:
  const record_offset first;
  run_token* before = nullptr;
  run_token* behind = nullptr;

  run_token(std::shared_ptr<detail::tracker_state> tracker, std::shared_ptr<detail::partition_state> partition,
            std::uint64_t serial, record_offset first_offset)
      : offset_token(partition.get(), serial)
      , tracker_(std::move(tracker))
      , partition_(std::move(partition))
      , first(first_offset) {}

  std::optional<position> at(record_offset offset) const override {
    return position{tracker_->source, partition_->id, offset};
  }
};

record_offset position_in(const detail::partition_state& partition) {
  auto at = partition.oldest != nullptr ? partition.oldest->first : partition.next;
  return partition.blocked ? std::min(at, *partition.blocked) : at;
}

} // namespace

offset_tracker::offset_tracker(std::string source)
    : state_(std::make_shared<detail::tracker_state>()) {
  state_->source = std::move(source);
}

token_ref offset_tracker::run(partition_id partition, record_offset first, record_offset last) {
  const std::lock_guard lock(state_->mutex);
  auto& entry = state_->partitions[partition];
  if (!entry) {
    entry = std::make_shared<detail::partition_state>();
    entry->id = partition;
    entry->reported = first;
  }
  auto token = std::make_unique<run_token>(state_, entry, ++state_->runs, first);
  token->before = entry->newest;
  (entry->newest != nullptr ? entry->newest->behind : entry->oldest) = token.get();
  entry->newest = token.get();
  entry->next = record_offset(last.value() + 1);
  ++state_->outstanding;
  return token_ref(token.release());
}

void offset_tracker::take_back(partition_id partition, record_offset next) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->partitions.find(partition);
  if (found != state_->partitions.end()) found->second->next = std::min(found->second->next, next);
}

std::optional<record_offset> offset_tracker::position_of(partition_id partition) const {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->partitions.find(partition);
  if (found == state_->partitions.end()) return std::nullopt;
  return position_in(*found->second);
}

std::vector<offset_tracker::committable> offset_tracker::take_progress() {
  const std::lock_guard lock(state_->mutex);
  std::vector<committable> moved;
  for (auto& [id, partition] : state_->partitions) {
    const auto at = position_in(*partition);
    if (partition->reported && *partition->reported == at) continue;
    partition->reported = at;
    moved.push_back({id, at});
  }
  return moved;
}

void offset_tracker::cut(commit_id n) {
  const std::lock_guard lock(state_->mutex);
  state_->cut = n;
  for (auto& [id, partition] : state_->partitions) {
    partition->cut_of = n;
    partition->cut = partition->next;
  }
}

std::vector<offset_tracker::committable> offset_tracker::take_progress(commit_id n) {
  const std::lock_guard lock(state_->mutex);
  const bool capped = state_->cut == n;
  std::vector<committable> moved;
  for (auto& [id, partition] : state_->partitions) {
    if (capped && partition->cut_of != n) continue; // its first run came later
    auto at = position_in(*partition);
    if (capped) at = std::min(at, partition->cut);
    if (partition->reported && *partition->reported == at) continue;
    partition->reported = at;
    moved.push_back({id, at});
  }
  return moved;
}

std::size_t offset_tracker::outstanding() const {
  const std::lock_guard lock(state_->mutex);
  return state_->outstanding;
}

std::size_t offset_tracker::abandoned() const {
  const std::lock_guard lock(state_->mutex);
  return state_->abandoned;
}

void offset_tracker::forget(partition_id partition) {
  const std::lock_guard lock(state_->mutex);
  state_->partitions.erase(partition);
}

} // namespace cloudflow::stream
