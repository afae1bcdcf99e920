#include "cloudflow/log/internal/group.hpp"

#include <algorithm>

namespace cloudflow::log::internal {

void group::add_topic(const std::shared_ptr<topic_state>& topic) {
  auto& list = readings[topic->name()];
  if (list.empty() || list.front()->topic != topic) { // new, or removed and made anew
    list.clear();
    if (!observer) topic->shared.readers.fetch_add(1, std::memory_order_relaxed);
  }
  while (static_cast<std::int32_t>(list.size()) < topic->count()) {
    auto r = std::make_shared<reading>();
    r->topic = topic;
    r->part = &topic->at(static_cast<std::int32_t>(list.size()));
    const auto first = r->part->first();
    r->hold = observer ? INT64_MAX : first;
    r->position = first;
    const auto before = r->part->cumulated_before(first);
    r->cumulated = before ? *before : 0;
    list.push_back(std::move(r));
  }
}

void group::join(std::shared_ptr<member> who, wake_list& wakes) {
  members.emplace(who->id, std::move(who));
  resize(wakes);
}

void group::resize(wake_list& wakes) {
  std::int32_t count = 0;
  for (const auto& t : topics) {
    add_topic(t);
    // Topics grow one after the other: a unit exists when it is there in all of them.
    count = count == 0 ? t->count() : std::min(count, t->count());
  }
  units_.resize(static_cast<std::size_t>(count));
  rebalance(wakes);
}

void group::leave(std::uint64_t id, wake_list& wakes) {
  members.erase(id);
  for (auto& u : units_)
    if (u.owner == id) u = {};
  if (members.empty()) {
    topics.clear();
    units_.clear();
    return;
  }
  rebalance(wakes);
}

bool group::owns(std::uint64_t id, std::int32_t unit) const {
  return unit >= 0 && static_cast<std::size_t>(unit) < units_.size() &&
         units_[static_cast<std::size_t>(unit)].owner == id;
}

bool group::owns_since(std::uint64_t id, std::int32_t unit, std::int64_t seen) const {
  return owns(id, unit) && units_[static_cast<std::size_t>(unit)].since <= seen;
}

bool group::revoking(std::uint64_t id, std::int32_t unit) const {
  return owns(id, unit) && units_[static_cast<std::size_t>(unit)].revoking;
}

std::shared_ptr<member> group::owner_of(std::int32_t unit) const {
  if (unit < 0 || static_cast<std::size_t>(unit) >= units_.size()) return nullptr;
  const auto at = members.find(units_[static_cast<std::size_t>(unit)].owner);
  return at == members.end() ? nullptr : at->second;
}

void group::release(std::uint64_t id, std::int32_t unit, wake_list& wakes) {
  if (!owns(id, unit)) return;
  units_[static_cast<std::size_t>(unit)] = {};
  rebalance(wakes);
}

void group::rebalance(wake_list& wakes) {
  if (members.empty()) return;
  ++generation;
  const auto available = [&](std::int32_t unit) { return chosen.empty() || chosen.contains(unit); };
  const auto tell = [&](member& m) {
    m.news.store(true, std::memory_order_seq_cst);
    wakes.signal(m.wake);
  };
  // Units that stay, per member; those being revoked count for nobody.
  std::map<std::uint64_t, std::vector<std::int32_t>> kept;
  for (const auto& [id, m] : members) kept[id];
  std::size_t total = 0;
  for (std::int32_t u = 0; u < static_cast<std::int32_t>(units_.size()); ++u) {
    if (!available(u)) continue;
    ++total;
    const auto& unit = units_[static_cast<std::size_t>(u)];
    if (unit.owner != 0 && !unit.revoking) kept[unit.owner].push_back(u);
  }
  std::vector<std::pair<std::uint64_t, std::size_t>> quota; // who has most keeps most
  for (const auto& [id, units] : kept) quota.emplace_back(id, units.size());
  std::stable_sort(quota.begin(), quota.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
  for (std::size_t i = 0; i < quota.size(); ++i)
    quota[i].second = total / quota.size() + (i < total % quota.size() ? 1 : 0);

  for (const auto& [id, room] : quota) {
    auto& units = kept[id];
    auto& m = *members.at(id);
    while (units.size() > room) {
      const auto u = units.back();
      units.pop_back();
      auto& unit = units_[static_cast<std::size_t>(u)];
      if (m.to_assign.erase(u) != 0) { // it has not heard of it yet
        unit = {};
        continue;
      }
      unit.revoking = true;
      m.to_revoke.insert(u);
      tell(m);
    }
  }
  for (const auto& [id, room] : quota) {
    auto have = kept[id].size();
    auto& m = *members.at(id);
    for (std::int32_t u = 0; u < static_cast<std::int32_t>(units_.size()) && have < room; ++u) {
      auto& unit = units_[static_cast<std::size_t>(u)];
      if (unit.owner != 0 || !available(u)) continue;
      unit.owner = id;
      unit.since = generation;
      m.to_assign.insert(u);
      tell(m);
      ++have;
    }
  }
}

} // namespace cloudflow::log::internal
